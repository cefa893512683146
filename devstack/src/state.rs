use crate::process::{self, PidFile};
use crate::{Error, Result};
use rustix::process::geteuid;
use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

const LOCK: &str = "stack.lock";

/// A directory that holds everything one stack stores, owned by one process at a time.
///
/// ```text
/// stack.lock      held while the stack runs; names its process
/// run/*.pid       the children
/// log/*.log       their output, and .log.1 of the run before
/// roles.json      passwords of the database roles (0600)
/// postgres/       the cluster
/// anvil/          the saved chain
/// ```
#[derive(Debug)]
pub struct StateDir {
    path: PathBuf,
    _lock: File,
}

impl StateDir {
    /// Creates the directory if needed and takes its lock, which is held until this is dropped or the process ends.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        private_dir(path)?;
        let path = path.canonicalize().map_err(Error::at("find", path))?;
        ours(&path)?;
        only_ours(&path)?;
        let lock = lock(&path)?;
        private_dir(&path.join("run"))?;
        private_dir(&path.join("log"))?;
        Ok(Self { path, _lock: lock })
    }

    /// The directory's absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the child `name` writes its output.
    pub fn log(&self, name: &str) -> PathBuf {
        self.path.join(format!("log/{name}.log"))
    }

    /// The file that keeps the passwords of the database roles.
    pub fn roles(&self) -> PathBuf {
        self.path.join("roles.json")
    }

    pub(crate) fn pid_file(&self, name: &str) -> PidFile {
        PidFile::new(self.path.join(format!("run/{name}.pid")))
    }

    /// Ends every child that an earlier run left behind and says which. Starting a child does this for itself; this is
    /// for a caller that starts none, or is about to [`wipe`](Self::wipe).
    pub async fn end_orphans(&self) -> Result<Vec<String>> {
        let mut ended = Vec::new();
        for path in entries(&self.path.join("run"))? {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            ended.extend(process::end_orphan(&name, &PidFile::new(path)).await?);
        }
        Ok(ended)
    }

    /// Ends what is left of an earlier run and drops everything stored: the database, the chain, passwords and logs.
    /// Returns what was ended.
    pub async fn wipe(&self) -> Result<Vec<String>> {
        let mut ended = self.end_orphans().await?;
        ended.extend(crate::postgres::wipe(self).await?);
        for path in entries(&self.path)? {
            if path.file_name().is_some_and(|name| name == LOCK) {
                continue;
            }
            let removed = if path.is_dir() && !path.is_symlink() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            removed.map_err(Error::at("remove", &path))?;
        }
        private_dir(&self.path.join("run"))?;
        private_dir(&self.path.join("log"))?;
        Ok(ended)
    }
}

/// Refuses a directory that holds anything before a stack was ever in it: [`StateDir::wipe`] would drop that too.
fn only_ours(dir: &Path) -> Result<()> {
    if dir.join(LOCK).exists() {
        return Ok(());
    }
    match entries(dir)?.first() {
        None => Ok(()),
        Some(entry) => Err(Error::NotAStateDir {
            dir: dir.to_owned(),
            entry: entry.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        }),
    }
}

fn lock(dir: &Path) -> Result<File> {
    let path = dir.join(LOCK);
    let mut file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&path)
        .map_err(Error::at("open", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let pid = fs::read_to_string(&path).unwrap_or_default();
            let pid = if pid.trim().is_empty() { "unknown" } else { pid.trim() };
            return Err(Error::StateInUse {
                dir: dir.to_owned(),
                pid: pid.to_owned(),
            });
        }
        Err(TryLockError::Error(error)) => return Err(Error::at("lock", &path)(error)),
    }
    file.set_len(0)
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(Error::at("write", &path))?;
    Ok(file)
}

/// Creates a directory for this user alone, unless it is there.
pub(crate) fn private_dir(path: &Path) -> Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(Error::at("create", path))
}

/// Refuses data that another user has written: as root it would be opened and left unusable to its owner.
pub(crate) fn ours(path: &Path) -> Result<()> {
    let owner = fs::metadata(path).map_err(Error::at("read", path))?.uid();
    let user = geteuid().as_raw();
    if owner == user {
        Ok(())
    } else {
        Err(Error::ForeignState {
            path: path.to_owned(),
            owner,
            user,
        })
    }
}

pub(crate) fn entries(dir: &Path) -> Result<Vec<PathBuf>> {
    let listed = match fs::read_dir(dir) {
        Ok(listed) => listed,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::at("list", dir)(error)),
    };
    listed
        .map(|entry| entry.map(|entry| entry.path()).map_err(Error::at("list", dir)))
        .collect()
}
