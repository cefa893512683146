//! A world for a test: a chain with the contracts on it, a database, wallets, and the product's own services.
//!
//! Nothing in it is a stand-in: anvil, Postgres, `Deploy.s.sol`, signatures and HTTP are real. The deployment is made once a
//! process and handed to each test's own chain as a saved state; the database cluster is shared, each test has databases of
//! its own.

#![allow(clippy::unwrap_used, missing_docs)] // a test that meets none fails, and says where; names say what it does

mod chain_control;
mod mirror;
mod process;
mod scripted;
mod shared;

pub use mirror::Row;
pub use process::{IndexerProcess, StackProcess};
pub use scripted::{Script, ScriptedNode};

use alloy_primitives::{Address, U256};
use alloy_rpc_types_eth::TransactionReceipt;
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::SolCall;
use bindings::{BTSc, Membership};
use btsc::dev::account;
use btsc::services::api_config;
use btsc::wallet::{Wallet, WalletError, Wish};
use chain::{Contracts, Rpc};
use devstack::{Anvil, StateDir, Urls};
use serde_json::Value;
use shared::Shared;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use store::Mirror;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::Url;

pub const NORMAL: u8 = 1;
pub const PRO: u8 = 2;
pub const DAY: u64 = 86_400;

const WAIT_MAX: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(10);

/// Whole BTSc in wei.
pub fn bts(whole: u64) -> U256 {
    U256::from(whole) * U256::from(10).pow(U256::from(18))
}

/// A clock that a test sets; at 0 the chain's own time rules.
#[derive(Debug, Default)]
pub struct TestClock(AtomicU64);

impl TestClock {
    pub fn set(&self, now: u64) {
        self.0.store(now, Ordering::SeqCst);
    }
}

impl api::Clock for TestClock {
    fn now(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

pub struct World {
    pub contracts: Contracts,
    /// Holds the supply.
    pub holder: Wallet,
    /// Submits others' orders and pays the gas.
    pub relayer: Wallet,
    /// Posts the price.
    pub poster: Wallet,
    pub clock: Arc<TestClock>,
    anvil: Anvil,
    rpc: Rpc,
    rpc_url: Url,
    services: Option<Services>,
    http: reqwest::Client,
    _state: StateDir,
    _directory: tempfile::TempDir,
    shared: Arc<Shared>,
}

struct Services {
    urls: Urls,
    mirror: Mirror,
    api_url: String,
    head: watch::Sender<Option<u64>>,
    stop: CancellationToken,
}

impl Drop for Services {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl World {
    /// A chain with the contracts on it, and indexer and API over a database of their own.
    pub async fn start() -> Self {
        let mut world = Self::start_without_services().await;
        let urls = world.database("services").await;
        let stop = CancellationToken::new();
        tokio::spawn(indexer::run(world.indexer_config(&urls, 1_000), stop.clone()));
        let mirror = Mirror::new(store::connect(&urls.api, 4).await.unwrap());
        let (head, watched) = watch::channel(None);
        let metrics = shared::metrics();
        let config = api_config(mirror.clone(), &world.contracts, watched, world.clock.clone(), metrics);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api_url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(api::serve(listener, config, stop.clone()));
        world.services = Some(Services {
            urls,
            mirror,
            api_url,
            head,
            stop,
        });
        world.wait_until_mirrored().await;
        world
    }

    /// A chain with the contracts on it.
    pub async fn start_without_services() -> Self {
        let shared = Shared::get().await;
        let directory = tempfile::tempdir().unwrap();
        let (state, anvil, contracts) = shared.chain(directory.path()).await;
        let rpc_url: Url = anvil.url().parse().unwrap();
        let rpc = Rpc::new(&rpc_url, Duration::from_secs(30)).unwrap();
        let wallet = |index| Wallet::new(account(index).unwrap(), &rpc_url, contracts).unwrap();
        Self {
            holder: wallet(0),
            poster: wallet(2),
            relayer: wallet(9),
            clock: Arc::default(),
            http: chain::http_client(&rpc_url, Duration::from_secs(30)).unwrap(),
            services: None,
            contracts,
            anvil,
            rpc,
            rpc_url,
            _state: state,
            _directory: directory,
            shared,
        }
    }

    /// Where the deployment is described.
    pub(crate) fn deployment(&self) -> &Path {
        self.shared.deployment()
    }

    fn services(&self) -> &Services {
        self.services.as_ref().expect("a world that was started with services")
    }

    /// A new wallet that holds `amount` of BTSc and nothing else.
    pub async fn member_with(&self, amount: U256) -> Wallet {
        let member = Wallet::new(PrivateKeySigner::random(), &self.rpc_url, self.contracts).unwrap();
        let transfer = BTSc::transferCall {
            to: member.address(),
            value: amount,
        };
        self.holder.send(self.contracts.btsc, transfer).await.unwrap();
        member
    }

    pub async fn give_gas(&self, member: &Wallet) {
        self.holder.send_coin(member.address(), bts(1)).await.unwrap();
    }

    /// Last second at which what the test signs may be submitted: none that a test reaches.
    pub fn deadline(&self) -> U256 {
        U256::from(u64::MAX)
    }

    /// `member` signs an order for one period of `tier` for itself, and an allowance; the relayer submits both.
    pub async fn subscribe(&self, member: &Wallet, tier: u8, nonce: U256) -> Result<TransactionReceipt, WalletError> {
        let beneficiary = member.address();
        let wish = Wish {
            beneficiary,
            tier,
            periods: 1,
            nonce,
            deadline: self.deadline(),
        };
        self.subscribe_as(member, wish).await
    }

    pub async fn subscribe_as(&self, payer: &Wallet, wish: Wish) -> Result<TransactionReceipt, WalletError> {
        let signed = self.sign(payer, wish).await?;
        self.relayer.send(self.contracts.membership, signed).await
    }

    /// What anyone may submit once `payer` has signed `wish` and an allowance.
    pub async fn sign(
        &self,
        payer: &Wallet,
        wish: Wish,
    ) -> Result<Membership::payBySignatureWithPermitCall, WalletError> {
        let order = payer.order(wish).await?;
        let signature = payer.sign(&order)?;
        let permit = payer
            .permit(self.contracts.membership, order.maxAmount, self.deadline())
            .await?;
        Ok(Membership::payBySignatureWithPermitCall {
            order,
            signature,
            permit: permit.into(),
        })
    }

    pub async fn balance_of(&self, account: Address) -> U256 {
        self.relayer
            .call(self.contracts.btsc, BTSc::balanceOfCall { account })
            .await
            .unwrap()
    }

    /// A view as it answers now.
    pub async fn view<C: SolCall>(&self, to: Address, call: C) -> C::Return {
        self.relayer.call(to, call).await.unwrap()
    }

    /// A view as it would answer in a block at `time`.
    pub async fn call_at<C: SolCall>(&self, time: u64, to: Address, call: C) -> C::Return {
        self.relayer.call_at(time, to, call).await.unwrap()
    }

    pub async fn request(&self, method: reqwest::Method, path: &str) -> reqwest::Response {
        let url = format!("{}{path}", self.services().api_url);
        self.http.request(method, url).send().await.unwrap()
    }

    /// The answer to a `GET` that succeeds.
    pub async fn get(&self, path: &str) -> Value {
        let response = self.request(reqwest::Method::GET, path).await;
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "GET {path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    pub async fn member(&self, address: Address) -> Value {
        self.get(&format!("/v1/members/{address}")).await
    }

    /// Tells the API that the chain's head is at `number`.
    pub fn pretend_head(&self, number: u64) {
        self.services().head.send_replace(Some(number));
    }
}
