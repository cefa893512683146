//! The saved chain on disk.
//!
//! anvil's own `--state-interval` truncates its file and writes it anew, and a kill in between leaves an empty one.
//! Here a file is complete or it does not get its name, the one before is kept, and the checksum that gzip brings along
//! tells a damaged one.

use crate::{Error, Result, state};
use flate2::read::GzDecoder;
use serde::de::IgnoredAny;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// The copies of one chain.
#[derive(Debug, Clone)]
pub(super) struct SavedChain {
    dir: PathBuf,
    saving: Arc<Mutex<()>>,
}

impl SavedChain {
    pub(super) fn new(dir: PathBuf) -> Result<Self> {
        state::private_dir(&dir)?;
        Ok(Self {
            dir,
            saving: Arc::default(),
        })
    }

    /// The right to save, from before the dump until it is stored: saves that overlap would take each other's draft, and
    /// the older dump could be stored last.
    pub(super) async fn turn(&self) -> OwnedMutexGuard<()> {
        self.saving.clone().lock_owned().await
    }

    fn current(&self) -> PathBuf {
        self.dir.join("chain.json.gz")
    }

    fn previous(&self) -> PathBuf {
        self.dir.join("chain.previous.json.gz")
    }

    /// Stores what `anvil_dumpState` answered: gzip, in hexadecimal.
    pub(super) fn store(&self, dump: &str) -> Result<()> {
        let bytes = alloy_primitives::hex::decode(dump).map_err(|error| {
            Error::io("read the dump of the chain")(std::io::Error::new(ErrorKind::InvalidData, error))
        })?;
        let (current, draft) = (self.current(), self.dir.join("chain.draft"));
        File::create(&draft)
            .and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all()))
            .map_err(Error::at("write", &draft))?;
        if current.exists() {
            fs::rename(&current, self.previous()).map_err(Error::at("move", &current))?;
        }
        fs::rename(&draft, &current).map_err(Error::at("move", &draft))?;
        File::open(&self.dir)
            .and_then(|dir| dir.sync_all())
            .map_err(Error::at("write", &self.dir))
    }

    /// Unpacks the newest copy that is whole into a file for `--load-state`, which takes plain JSON. With the newest
    /// damaged the notice says so; with none whole it is an error; with none at all there is nothing to load.
    pub(super) fn unpack(&self) -> Result<Option<(PathBuf, Option<String>)>> {
        let mut damaged: Option<(PathBuf, String)> = None;
        for path in [self.current(), self.previous()] {
            match read_whole(&path) {
                Ok(None) => {}
                Ok(Some(json)) => {
                    let unpacked = self.unpacked();
                    fs::write(&unpacked, json).map_err(Error::at("write", &unpacked))?;
                    let notice = damaged.map(|(path, reason)| {
                        format!("{} is damaged ({reason}): the copy before it is loaded", path.display())
                    });
                    return Ok(Some((unpacked, notice)));
                }
                Err(reason) => damaged = damaged.or(Some((path, reason))),
            }
        }
        damaged.map_or(Ok(None), |(path, reason)| Err(Error::SavedChain { path, reason }))
    }

    /// Removes what was unpacked; it is many times the size of what it came from.
    pub(super) fn remove_unpacked(&self) -> Result<()> {
        match fs::remove_file(self.unpacked()) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::at("remove", &self.unpacked())(error)),
            _ => Ok(()),
        }
    }

    fn unpacked(&self) -> PathBuf {
        self.dir.join("load.json")
    }
}

/// The JSON in a copy, nothing if there is no copy, a reason if it is damaged.
fn read_whole(path: &Path) -> std::result::Result<Option<Vec<u8>>, String> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let mut json = Vec::new();
    GzDecoder::new(file)
        .read_to_end(&mut json)
        .map_err(|error| error.to_string())?;
    serde_json::from_slice::<IgnoredAny>(&json).map_err(|error| error.to_string())?;
    Ok(Some(json))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};

    fn dump(text: &str) -> String {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).expect("compress");
        alloy_primitives::hex::encode_prefixed(encoder.finish().expect("compress"))
    }

    fn chain() -> (tempfile::TempDir, SavedChain) {
        let dir = tempfile::tempdir().expect("directory");
        let chain = SavedChain::new(dir.path().join("anvil")).expect("chain");
        (dir, chain)
    }

    fn cut(path: &Path) {
        let length = fs::metadata(path).expect("length").len();
        File::options()
            .write(true)
            .open(path)
            .expect("open")
            .set_len(length / 2)
            .expect("cut");
    }

    #[test]
    fn nothing_saved_is_nothing_to_load() {
        let (_dir, chain) = chain();
        assert!(chain.unpack().expect("unpack").is_none());
    }

    #[test]
    fn the_newest_copy_is_loaded() {
        let (_dir, chain) = chain();
        chain.store(&dump(r#"{"n":1}"#)).expect("store");
        chain.store(&dump(r#"{"n":2}"#)).expect("store");
        let (path, notice) = chain.unpack().expect("unpack").expect("a copy");
        assert_eq!(fs::read_to_string(path).expect("json"), r#"{"n":2}"#);
        assert_eq!(notice, None);
    }

    #[test]
    fn a_torn_copy_gives_way_to_the_one_before() {
        let (_dir, chain) = chain();
        chain.store(&dump(r#"{"n":1}"#)).expect("store");
        chain.store(&dump(r#"{"n":2}"#)).expect("store");
        cut(&chain.current());
        let (path, notice) = chain.unpack().expect("unpack").expect("a copy");
        assert_eq!(fs::read_to_string(path).expect("json"), r#"{"n":1}"#);
        assert!(notice.expect("notice").contains("is damaged"));
    }

    #[test]
    fn a_kill_between_the_two_renames_loses_nothing() {
        let (_dir, chain) = chain();
        chain.store(&dump(r#"{"n":1}"#)).expect("store");
        fs::rename(chain.current(), chain.previous()).expect("move");
        let (path, _) = chain.unpack().expect("unpack").expect("a copy");
        assert_eq!(fs::read_to_string(path).expect("json"), r#"{"n":1}"#);
    }

    #[test]
    fn with_every_copy_torn_nothing_is_loaded() {
        let (_dir, chain) = chain();
        for _ in 0..2 {
            chain.store(&dump(r#"{"n":1}"#)).expect("store");
        }
        cut(&chain.current());
        cut(&chain.previous());
        let error = chain.unpack().expect_err("refused").to_string();
        assert!(
            error.contains("chain.json.gz") && error.contains("start afresh"),
            "{error}"
        );
    }
}
