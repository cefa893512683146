//! Random passwords and the files that keep them.

use crate::{Error, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// 192 bits from the operating system, as hexadecimal digits: safe in SQL, in a URL and in a file.
pub(crate) fn random() -> Result<String> {
    let mut bytes = [0_u8; 24];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .map_err(Error::io("read random bytes"))?;
    Ok(alloy_primitives::hex::encode(bytes))
}

/// Reads the file, or creates it with `fresh` for the owner's eyes only. Of several processes at once one creates it
/// and all read the same.
pub(crate) fn read_or_create(path: &Path, fresh: impl FnOnce() -> Result<String>) -> Result<String> {
    if let Some(found) = read(path)? {
        return Ok(found);
    }
    let text = fresh()?;
    let draft = path.with_extension(format!("{}.draft", random()?));
    write_private(&draft, &text)?;
    // A hard link appears whole or not at all, and only where nothing is yet.
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft).map_err(Error::at("remove", &draft))?;
    match linked {
        Ok(()) => Ok(text),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            read(path)?.ok_or_else(|| Error::Secret { path: path.to_owned() })
        }
        Err(error) => Err(Error::at("create", path)(error)),
    }
}

/// The file's text, nothing if there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::at("read", path)(error)),
    }
}

/// Writes a new file that only its owner may read.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<()> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .map_err(Error::at("write", path))
}
