//! Starts and stops the child processes of the development stack: Postgres, anvil and `forge script`.
//!
//! Nothing here knows a table, a contract or a route. Every child
//!
//! 1. runs in a process group of its own, so that Ctrl-C reaches the caller alone and the caller decides the order,
//! 2. writes its output to a file in the state directory and leaves its pid there,
//! 3. is ended when its guard is dropped or the caller is gone, and if both fail, found and ended at the next start,
//! 4. keeps what it has stored when it, or the caller, is killed.
//!
//! One process at a time owns a state directory: see [`StateDir`].

#[cfg(not(unix))]
compile_error!("the development stack runs on Linux and macOS");

pub mod anvil;
mod error;
pub mod forge;
pub mod postgres;
mod process;
mod secret;
mod state;
pub mod tools;
mod watch;

pub use anvil::{Anvil, AnvilOptions};
pub use error::{Error, Result};
pub use forge::{ForgeOutput, ForgeScript, forge_build, forge_script};
pub use postgres::{Postgres, PostgresOptions, Urls, bootstrap_roles};
pub use state::StateDir;
