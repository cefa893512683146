//! As whom Postgres runs: it refuses uid 0.

use super::install::{self, Install, set_library_path};
use crate::{Error, Result, StateDir, secret, state};
use rustix::process::geteuid;
use std::fs;
use std::os::unix::fs::{DirBuilderExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Survives a restart of the machine, unlike /tmp, and every user may enter it.
const HOMES: &str = "/var/tmp";
const HOME_PREFIX: &str = "btsc-postgres-";
const NOBODY: u32 = 65534;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RunAs {
    /// The ordinary case.
    Caller,
    /// Root: the same user under another number, so that it still may enter directories of root.
    Namespace { uid: u32, gid: u32 },
    /// Root where namespaces are refused: another user, who may enter next to nothing.
    User { uid: u32, gid: u32 },
}

/// Runs the programs of one Postgres as a user that it accepts.
#[derive(Debug)]
pub(super) struct Launcher {
    pub(super) install: Install,
    run_as: RunAs,
    /// Where the cluster lies; the user that Postgres runs as may enter it.
    pub(super) home: PathBuf,
}

impl Launcher {
    pub(super) fn new(install: Install, state: &StateDir, try_namespace: bool) -> Result<Self> {
        let inside = state.path().join("postgres");
        state::private_dir(&inside)?;
        if !geteuid().is_root() {
            return Ok(Self {
                install,
                run_as: RunAs::Caller,
                home: inside,
            });
        }
        let (uid, gid) = (id_of_nobody("-u"), id_of_nobody("-g"));
        let outside = recorded_home(state)?;
        let namespace = Self {
            install,
            run_as: RunAs::Namespace { uid, gid },
            home: inside.clone(),
        };
        if outside.is_none() && try_namespace && namespace.runs() {
            return Ok(namespace);
        }
        if inside.join("data").exists() {
            let reason = "the user namespace in which the data was written is refused now".to_owned();
            return Err(Error::Root { reason });
        }
        let home = outside.map_or_else(|| create_home(state), Ok)?;
        let user = Self {
            install: namespace.install,
            run_as: RunAs::User { uid, gid },
            home,
        };
        if user.runs() {
            Ok(user)
        } else {
            user.with_copied_install()
        }
    }

    /// A command for one of the programs.
    pub(super) fn command(&self, program: &str) -> Command {
        let path = self.install.bin.join(program);
        let mut command = match self.run_as {
            RunAs::Caller => Command::new(path),
            RunAs::Namespace { uid, gid } => {
                let mut command = Command::new("unshare");
                command
                    .arg("--user")
                    .arg(format!("--map-user={uid}"))
                    .arg(format!("--map-group={gid}"));
                command.arg("--").arg(path);
                command
            }
            RunAs::User { uid, gid } => {
                let mut command = Command::new(path);
                command.uid(uid).gid(gid);
                command
            }
        };
        // Our own folder may be out of bounds for that user; messages are read by us, so they are English.
        command
            .current_dir(&self.home)
            .env("LC_ALL", "C")
            .env_remove("PGDATA")
            .env_remove("PGOPTIONS");
        set_library_path(&mut command, &self.install.bin, self.install.links.as_deref());
        command
    }

    /// Hands a file or directory that was just made to the user that Postgres runs as.
    pub(super) fn give(&self, path: &Path) -> Result<()> {
        match self.run_as {
            RunAs::User { uid, gid } => chown(path, Some(uid), Some(gid)).map_err(Error::at("hand over", path)),
            RunAs::Caller | RunAs::Namespace { .. } => Ok(()),
        }
    }

    /// Refuses a cluster that somebody else's run has left.
    pub(super) fn check_owner(&self, data: &Path) -> Result<()> {
        match self.run_as {
            RunAs::User { .. } => Ok(()),
            RunAs::Caller | RunAs::Namespace { .. } => state::ours(data),
        }
    }

    fn runs(&self) -> bool {
        let mut command = self.command("postgres");
        command.arg("--version").stdin(Stdio::null());
        command.output().is_ok_and(|output| output.status.success())
    }

    /// The checkout lies where only root may enter: takes a copy of the binaries to where the other user may.
    fn with_copied_install(mut self) -> Result<Self> {
        let prefix = self.install.bin.parent().unwrap_or(&self.install.bin).to_owned();
        let copy = self.home.join(format!("pgsql-{}", self.install.major)).join("native");
        if !copy.exists() {
            let draft = self.home.join("pgsql.new");
            remove(&draft)?;
            copy_folder(&prefix, &draft.join("native"))?;
            let done = copy.parent().unwrap_or(&copy);
            fs::rename(&draft, done).map_err(Error::at("move", &draft))?;
        }
        let refused = || Error::Root {
            reason: "neither a user namespace nor a drop to user nobody works".to_owned(),
        };
        self.install = install::embedded(&copy, &self.home)?.ok_or_else(refused)?;
        if self.runs() { Ok(self) } else { Err(refused()) }
    }
}

fn id_of_nobody(flag: &str) -> u32 {
    let output = Command::new("id")
        .args([flag, "nobody"])
        .output()
        .ok()
        .filter(|output| output.status.success());
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    // macOS calls it -2.
    text.and_then(|text| text.parse::<i64>().ok())
        .and_then(|id| u32::try_from(id.rem_euclid(1 << 32)).ok())
        .unwrap_or(NOBODY)
}

/// The file that names the cluster's place when it is outside the state directory.
fn home_file(state: &StateDir) -> PathBuf {
    state.path().join("postgres.home")
}

/// The place outside the state directory, if there is one.
pub(super) fn recorded_home(state: &StateDir) -> Result<Option<PathBuf>> {
    let home = secret::read(&home_file(state))?.map(|text| PathBuf::from(text.trim()));
    let known = |path: &PathBuf| {
        let named = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(HOME_PREFIX));
        named && path.parent() == Some(Path::new(HOMES)) && path.is_dir() && !path.is_symlink()
    };
    Ok(home.filter(known))
}

fn create_home(state: &StateDir) -> Result<PathBuf> {
    let file = home_file(state);
    remove(&file)?;
    let home = Path::new(HOMES).join(format!("{HOME_PREFIX}{}", &secret::random()?[..16]));
    fs::DirBuilder::new()
        .mode(0o755)
        .create(&home)
        .map_err(Error::at("create", &home))?;
    secret::write_private(&file, &home.to_string_lossy())?;
    Ok(home)
}

pub(super) fn remove(path: &Path) -> Result<()> {
    let removed = if path.is_dir() && !path.is_symlink() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::at("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Copies a tree as it is; `fs::copy` keeps the permissions.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(to)
        .map_err(Error::at("create", to))?;
    for path in state::entries(from)? {
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_symlink() {
            fs::read_link(&path)
                .and_then(|original| symlink(original, &target))
                .map_err(Error::at("copy", &path))?;
        } else if path.is_dir() {
            copy_folder(&path, &target)?;
        } else {
            fs::copy(&path, &target).map_err(Error::at("copy", &path))?;
        }
    }
    Ok(())
}
