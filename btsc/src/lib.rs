//! The parts of the one binary, as a library, so that `test/e2e` drives the same code.

pub mod demo;
pub mod dev;
pub mod services;
pub mod wallet;

use std::net::SocketAddr;

/// Why a command ended badly: one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The indexer ended.
    #[error(transparent)]
    Index(#[from] indexer::Error),
    /// The database refused.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The deployment can't be read.
    #[error(transparent)]
    Deployment(#[from] chain::DeploymentError),
    /// The node gave no usable answer.
    #[error(transparent)]
    Node(#[from] chain::Fault),
    /// A wallet's wish did not come true.
    #[error(transparent)]
    Wallet(#[from] wallet::WalletError),
    /// A child process failed.
    #[error(transparent)]
    Stack(#[from] devstack::Error),
    /// The address can't be listened on.
    #[error(
        "can't listen on {address}: {why}; stop what uses it or choose another with --listen (btsc dev: --api-port)"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's reason.
        why: std::io::Error,
    },
    /// A file or stream failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Anything that a sentence says best.
    #[error("{0}")]
    Said(String),
}
