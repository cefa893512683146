//! Reading a chain through an RPC endpoint that may lag, limit, or fail.
//!
//! [`Rpc`] asks; [`Fault`] says what went wrong in our own classes, decided before any retry layer sees the answer;
//! [`Contracts`] is the deployment that a mirror follows.

mod deployment;
mod fault;
mod rpc;

pub use deployment::{Contracts, DeploymentError};
pub use fault::Fault;
pub use rpc::{Block, Rpc, http_client};
