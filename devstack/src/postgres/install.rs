//! Which Postgres to run: the one that package.json pins, else one of the system, 15 or later.

use crate::{Error, Result, tools};
use serde::Deserialize;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const OLDEST_MAJOR: u32 = 15;

/// A Postgres that runs on this machine.
#[derive(Debug, Clone)]
pub(super) struct Install {
    /// Folder of `initdb` and `postgres`.
    pub(super) bin: PathBuf,
    /// Folder of library links that could not be made beside the libraries.
    pub(super) links: Option<PathBuf>,
    pub(super) major: u32,
    pub(super) embedded: bool,
}

/// The first that works; with data of version `wanted` already there, the first of that version.
pub(super) fn find(root: &Path, scratch: &Path, wanted: Option<u32>) -> Result<Option<Install>> {
    let fits = |install: &Install| wanted.is_none_or(|major| install.major == major);
    if let Ok(native) = tools::embedded_postgres(root)
        && let Some(install) = embedded(&native, scratch)?
        && fits(&install)
    {
        return Ok(Some(install));
    }
    Ok(system_folders().into_iter().filter_map(system).find(fits))
}

/// The embedded Postgres in `native`, with its library links in place.
pub(super) fn embedded(native: &Path, scratch: &Path) -> Result<Option<Install>> {
    let links = link_libraries(native, scratch)?;
    let bin = native.join("bin");
    Ok(major_version(&bin, links.as_deref()).map(|major| Install {
        bin,
        links,
        major,
        embedded: true,
    }))
}

fn system(bin: PathBuf) -> Option<Install> {
    if !bin.join("initdb").is_file() {
        return None;
    }
    let major = major_version(&bin, None).filter(|major| *major >= OLDEST_MAJOR)?;
    Some(Install {
        bin,
        links: None,
        major,
        embedded: false,
    })
}

fn system_folders() -> Vec<PathBuf> {
    let configured = Command::new("pg_config")
        .arg("--bindir")
        .output()
        .ok()
        .filter(|output| output.status.success());
    let configured = configured.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let mut debian: Vec<(u32, PathBuf)> = crate::state::entries(Path::new("/usr/lib/postgresql"))
        .unwrap_or_default()
        .into_iter()
        .filter_map(|path| Some((path.file_name()?.to_str()?.parse().ok()?, path.join("bin"))))
        .collect();
    debian.sort_unstable_by_key(|(major, _)| std::cmp::Reverse(*major));
    configured
        .into_iter()
        .chain(debian.into_iter().map(|(_, bin)| bin))
        .collect()
}

/// Asks the server for its version, which shows too that it runs here.
fn major_version(bin: &Path, links: Option<&Path>) -> Option<u32> {
    let mut command = Command::new(bin.join("postgres"));
    command.arg("--version").stdin(Stdio::null());
    set_library_path(&mut command, bin, links);
    let output = command.output().ok().filter(|output| output.status.success())?;
    parse_major(&String::from_utf8_lossy(&output.stdout))
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` -> 15
fn parse_major(text: &str) -> Option<u32> {
    let version = text.split_whitespace().nth(2)?;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// A library that is found by its link looks for its own beside the link, so the libraries' folder is named as well.
pub(super) fn set_library_path(command: &mut Command, bin: &Path, links: Option<&Path>) {
    if let Some(links) = links {
        let variable = if cfg!(target_os = "macos") {
            "DYLD_LIBRARY_PATH"
        } else {
            "LD_LIBRARY_PATH"
        };
        let mut path = links.as_os_str().to_owned();
        path.push(":");
        path.push(bin.with_file_name("lib"));
        command.env(variable, path);
    }
}

/// One entry of `pg-symlinks.json`; both paths are relative to the npm package.
#[derive(Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

/// Makes the library links that the npm package leaves to an install script, which npm may skip. Where the package
/// may not be written, makes them in a folder under `scratch` and returns it. Safe with several processes at once.
fn link_libraries(native: &Path, scratch: &Path) -> Result<Option<PathBuf>> {
    let list = native.join("pg-symlinks.json");
    let text = match fs::read_to_string(&list) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::at("read", &list)(error)),
    };
    let links: Vec<Link> = serde_json::from_str(&text).map_err(|error| Error::at("read", &list)(error.into()))?;
    let package = native.parent().unwrap_or(native);
    for Link { source, target } in &links {
        let name = source.file_name().unwrap_or_default();
        match link(Path::new(name), &package.join(target)) {
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
                ) =>
            {
                return link_elsewhere(package, &links, scratch).map(Some);
            }
            other => other.map_err(Error::at("link", &package.join(target)))?,
        }
    }
    Ok(None)
}

fn link_elsewhere(package: &Path, links: &[Link], scratch: &Path) -> Result<PathBuf> {
    let folder = scratch.join("lib");
    crate::state::private_dir(&folder)?;
    for Link { source, target } in links {
        let path = folder.join(target.file_name().unwrap_or_default());
        link(&package.join(source), &path).map_err(Error::at("link", &path))?;
    }
    Ok(folder)
}

fn link(original: &Path, path: &Path) -> std::io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    if path.is_symlink() {
        fs::remove_file(path)?; // dangling
    }
    match symlink(original, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_read_from_every_known_form() {
        let forms = [
            ("postgres (PostgreSQL) 18.4\n", Some(18)),
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", Some(15)),
            ("postgres (PostgreSQL) 19beta1\n", Some(19)),
            ("postgres\n", None),
        ];
        for (text, major) in forms {
            assert_eq!(parse_major(text), major, "{text}");
        }
    }

    #[test]
    fn links_are_made_once_and_mended() {
        let package = tempfile::tempdir().expect("directory");
        let native = package.path().join("native");
        fs::create_dir_all(native.join("lib")).expect("lib");
        fs::write(native.join("lib/libx.so.1.2"), "x").expect("library");
        let list = r#"[{"source":"native/lib/libx.so.1.2","target":"native/lib/libx.so.1"}]"#;
        fs::write(native.join("pg-symlinks.json"), list).expect("list");
        let path = native.join("lib/libx.so.1");
        symlink("gone", &path).expect("dangling link");

        for _ in 0..2 {
            assert_eq!(link_libraries(&native, package.path()).expect("links"), None);
            assert_eq!(fs::read_to_string(&path).expect("library by its link"), "x");
        }
    }

    /// Libraries that are found by links elsewhere find each other all the same.
    #[test]
    fn programs_run_with_links_elsewhere() {
        let native = tools::embedded_postgres(Path::new("..")).expect("installed");
        let list = fs::read_to_string(native.join("pg-symlinks.json")).expect("list");
        let links: Vec<Link> = serde_json::from_str(&list).expect("list");
        let scratch = tempfile::tempdir().expect("directory");
        let folder = link_elsewhere(native.parent().expect("package"), &links, scratch.path()).expect("links");
        for program in ["initdb", "postgres"] {
            let bin = native.join("bin");
            let mut command = Command::new(bin.join(program));
            set_library_path(&mut command, &bin, Some(&folder));
            let output = command.arg("--version").output().expect("run");
            assert!(
                output.status.success(),
                "{program}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
}
