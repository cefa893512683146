//! What a test does to the chain itself.

use crate::World;
use alloy_primitives::{Address, U256};
use bindings::ReferencePrice;
use serde_json::json;

impl World {
    pub async fn head(&self) -> u64 {
        self.rpc.head().await.unwrap().number
    }

    pub async fn mine(&self, blocks: u64) {
        self.anvil.mine(blocks).await.unwrap();
    }

    /// Lets `seconds` pass, and returns the number of the block that is mined then.
    pub async fn travel(&self, seconds: u64) -> u64 {
        let now = self.rpc.head().await.unwrap().timestamp;
        self.anvil.set_next_block_timestamp(now + seconds).await.unwrap();
        self.anvil.mine(1).await.unwrap();
        self.head().await
    }

    /// Replaces the last `depth` blocks by as many empty ones.
    pub async fn reorg(&self, depth: u64) {
        self.anvil.reorg(depth).await.unwrap();
    }

    /// Posts the price that is in force again, so that it is not stale.
    pub async fn post_price(&self) {
        let latest = self
            .poster
            .call(self.contracts.reference_price, ReferencePrice::latestPriceCall {})
            .await
            .unwrap();
        let call = ReferencePrice::postCall { newPrice: latest.price };
        // Posts are an hour apart: one that comes too soon is not needed.
        let _ = self.poster.send(self.contracts.reference_price, call).await;
    }

    /// The chain's own coin, in wei.
    pub async fn coins_of(&self, account: Address) -> U256 {
        self.anvil
            .rpc("eth_getBalance", json!([account, "latest"]))
            .await
            .unwrap()
    }
}
