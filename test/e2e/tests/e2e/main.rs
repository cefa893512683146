//! The whole path against real parts: anvil, Postgres, the deploy script, wallets' signatures.

#![allow(clippy::unwrap_used)] // a test that meets none fails, and says where

mod http;
mod licences;
mod lying;
mod mandates;
mod payment;
mod recorded;
mod reorg;
mod restart;
mod roles;
mod stack;
mod staking;
mod standing;
mod vectors;
