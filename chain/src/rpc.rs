//! One RPC endpoint.

use crate::{Contracts, Fault};
use alloy_primitives::{Address, B256};
use alloy_provider::{Provider, RootProvider};
use alloy_rpc_client::RpcClient;
use alloy_rpc_types_eth::{BlockNumberOrTag, Filter, Header, Log};
use alloy_transport_http::Http;
use std::time::Duration;
use url::{Host, Url};

/// A block header, as far as order and time go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Height.
    pub number: u64,
    /// Hash of the header.
    pub hash: B256,
    /// Hash of the header before it.
    pub parent_hash: B256,
    /// Unix seconds.
    pub timestamp: u64,
}

impl From<Header> for Block {
    fn from(header: Header) -> Self {
        Self {
            number: header.inner.number,
            hash: header.hash,
            parent_hash: header.inner.parent_hash,
            timestamp: header.inner.timestamp,
        }
    }
}

/// An HTTP(S) JSON-RPC endpoint. It does not retry: whoever asks knows what to do instead.
#[derive(Clone, Debug)]
pub struct Rpc {
    provider: RootProvider,
}

impl Rpc {
    /// Will ask `url`, waiting at most `timeout` for each answer. Nothing is sent yet.
    pub fn new(url: &Url, timeout: Duration) -> Result<Self, Fault> {
        let http = http_client(url, timeout)?;
        let client = RpcClient::new(Http::with_client(http, url.clone()), false);
        Ok(Self {
            provider: RootProvider::new(client),
        })
    }

    /// The EIP-155 chain id.
    pub async fn chain_id(&self) -> Result<u64, Fault> {
        Ok(self.provider.get_chain_id().await?)
    }

    /// The newest block.
    pub async fn head(&self) -> Result<Block, Fault> {
        self.block(BlockNumberOrTag::Latest).await?.ok_or(Fault::BlockUnknown)
    }

    /// The highest block that the chain calls final; none on a chain that has no such tag.
    pub async fn finalized(&self) -> Result<Option<Block>, Fault> {
        match self.block(BlockNumberOrTag::Finalized).await {
            Err(Fault::BlockUnknown | Fault::Refused { .. }) => Ok(None),
            other => other,
        }
    }

    /// The block at `number` on the endpoint's present branch.
    pub async fn block_at(&self, number: u64) -> Result<Option<Block>, Fault> {
        match self.block(BlockNumberOrTag::Number(number)).await? {
            Some(block) if block.number != number => Err(Fault::Malformed(format!(
                "asked for block {number}, got {}",
                block.number
            ))),
            found => Ok(found),
        }
    }

    /// The logs of `addresses` in the block with that hash, so that a lagging node has to say "unknown".
    pub async fn logs_of_block(&self, hash: B256, addresses: &[Address]) -> Result<Vec<Log>, Fault> {
        let filter = Filter::new().address(addresses.to_vec()).at_block_hash(hash);
        let logs = self.provider.get_logs(&filter).await?;
        if logs.iter().any(|log| log.block_hash != Some(hash)) {
            return Err(Fault::Malformed("a log of another block".into()));
        }
        in_order(logs)
    }

    /// The logs of `addresses` in blocks `from..=to`, in order.
    pub async fn logs_between(&self, from: u64, to: u64, addresses: &[Address]) -> Result<Vec<Log>, Fault> {
        let filter = Filter::new().address(addresses.to_vec()).from_block(from).to_block(to);
        let logs = self.provider.get_logs(&filter).await?;
        if logs
            .iter()
            .any(|log| log.block_number.is_none_or(|number| number < from || number > to))
        {
            return Err(Fault::Malformed("a log outside the range".into()));
        }
        in_order(logs)
    }

    /// The first of `contracts` that has no code on this chain.
    pub async fn missing_contract(&self, contracts: &Contracts) -> Result<Option<Address>, Fault> {
        for address in contracts.addresses() {
            if self.provider.get_code_at(address).await?.is_empty() {
                return Ok(Some(address));
            }
        }
        Ok(None)
    }

    async fn block(&self, number: BlockNumberOrTag) -> Result<Option<Block>, Fault> {
        let block = self.provider.get_block_by_number(number).await?;
        Ok(block.map(|block| block.header.into()))
    }
}

/// An HTTP client for `url`: TLS by rustls and ring, at most `timeout` for an answer, and no proxy to this very machine.
pub fn http_client(url: &Url, timeout: Duration) -> Result<reqwest::Client, Fault> {
    // Another part of the process may have installed the provider already; either is ring.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut client = reqwest::Client::builder().timeout(timeout);
    if is_loopback(url) {
        client = client.no_proxy();
    }
    client
        .build()
        .map_err(|_| Fault::Unreachable("the HTTP client can't be built".into()))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Refuses what a node may never answer: two logs with one place, removed logs, logs out of order.
fn in_order(logs: Vec<Log>) -> Result<Vec<Log>, Fault> {
    let place = |log: &Log| log.block_number.zip(log.log_index);
    let ordered = logs.windows(2).all(|pair| place(&pair[0]) < place(&pair[1]));
    if ordered && logs.iter().all(|log| place(log).is_some() && !log.removed) {
        Ok(logs)
    } else {
        Err(Fault::Malformed("logs out of order, repeated or removed".into()))
    }
}
