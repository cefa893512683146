//! Mirrors the contracts' events into Postgres.
//!
//! Data flows one way: [`source`] fetches whole blocks in order, [`decode`] turns logs into events, [`project`] turns
//! events into rows, and [`follow`] ties them to `store::Writer`, one transaction a span. Start, live and reorg share
//! that one path.

pub mod decode;
pub mod follow;
pub mod project;
pub mod source;

pub use follow::{Config, Error, run};
