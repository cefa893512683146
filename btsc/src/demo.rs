//! `btsc demo`: the main job, shown against the running development stack.

use crate::Failure;
use crate::dev::{Stack, account};
use crate::services::SystemClock;
use crate::wallet::{Wallet, Wish};
use alloy_primitives::utils::{format_ether, parse_ether};
use alloy_primitives::{Address, TxHash, U256};
use alloy_rpc_types_eth::TransactionReceipt;
use alloy_signer_local::PrivateKeySigner;
use api::Clock;
use bindings::{BTSc, Membership, Staking};
use chain::Contracts;
use clap::Args;
use serde_json::Value;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
const ASK_PERIOD: Duration = Duration::from_millis(10);
const PRO: u8 = 2;
const PERIODS: u16 = 12;
const YEAR_SECONDS: u64 = 365 * 86_400;
/// Anvil's accounts: the one that holds the supply, and one that submits others' orders.
const HOLDER: u32 = 0;
const RELAYER: u32 = 9;

/// Options of `btsc demo`.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Where `btsc dev` keeps its state
    #[arg(long, default_value = ".btsc")]
    pub state_dir: PathBuf,
}

/// Runs the demonstration.
pub async fn run(options: Options) -> Result<(), Failure> {
    let stack = Stack::read(&options.state_dir)?;
    let contracts = Contracts::read(&stack.deployment)?;
    let wallet = |key| Wallet::new(key, &stack.rpc_url, contracts);
    let (holder, relayer) = (wallet(account(HOLDER)?)?, wallet(account(RELAYER)?)?);
    let member = wallet(PrivateKeySigner::random())?;
    let http = chain::http_client(&stack.api_url, ANSWER_TIMEOUT)?;
    let demo = Demo {
        stack,
        http,
        contracts,
        holder,
        relayer,
        member,
    };
    demo.run().await
}

struct Demo {
    stack: Stack,
    http: reqwest::Client,
    contracts: Contracts,
    holder: Wallet,
    relayer: Wallet,
    member: Wallet,
}

impl Demo {
    async fn run(&self) -> Result<(), Failure> {
        let now = SystemClock.now();
        let deadline = U256::from(now + 3600);
        println!(
            "A fresh wallet: {}. It holds nothing, and never pays gas for its membership.\n",
            self.member.address()
        );
        self.show_answer(&self.ask().await?);

        let gift = parse_ether("10000").map_err(|error| Failure::Said(error.to_string()))?;
        println!("\n1. It is given {} BTSc.", format_ether(gift));
        let transfer = BTSc::transferCall {
            to: self.member.address(),
            value: gift,
        };
        show_receipt(&self.holder.send(self.contracts.btsc, transfer).await?);

        let receipt = self.subscribe(deadline, U256::from(now + YEAR_SECONDS)).await?;
        self.answer_after(&receipt, "tier", |answer| answer["tier"] == "pro")
            .await?;

        let receipt = self.stake(deadline).await?;
        self.answer_after(&receipt, "level", |answer| answer["level"].as_u64() > Some(0))
            .await?;
        println!(
            "\nDone. The same answer again: curl {}",
            self.url(self.member.address())
        );
        Ok(())
    }

    async fn subscribe(&self, deadline: U256, expiry: U256) -> Result<TransactionReceipt, Failure> {
        let wish = Wish {
            beneficiary: self.member.address(),
            tier: PRO,
            periods: PERIODS,
            nonce: U256::ONE,
            deadline,
        };
        let mandate = self.member.mandate(wish, expiry).await?;
        let allowance = mandate.maxAmount * U256::from(mandate.periods);
        println!(
            "\n2. It signs a mandate (EIP-712) for up to {PERIODS} periods of Pro, each for at most {} units of reference\n   \
             currency and at most {} BTSc,\n   and an allowance of {} BTSc (EIP-2612). Another account submits both and\n   \
             pays the gas. The first period is charged at once, each further one when it is due and anyone calls `renew`.",
            format_ether(mandate.maxCost),
            format_ether(mandate.maxAmount),
            format_ether(allowance),
        );
        let signature = self.member.sign(&mandate)?;
        let permit = self
            .member
            .permit(self.contracts.membership, allowance, deadline)
            .await?;
        let call = Membership::openMandateWithPermitCall {
            mandate,
            signature,
            permit: permit.into(),
        };
        let receipt = self.relayer.send(self.contracts.membership, call).await?;
        show_receipt(&receipt);
        Ok(receipt)
    }

    async fn stake(&self, deadline: U256) -> Result<TransactionReceipt, Failure> {
        let amount = parse_ether("1000").map_err(|error| Failure::Said(error.to_string()))?;
        println!(
            "\n3. It stakes {} BTSc, with an allowance by signature; for this it is given a little gas.",
            format_ether(amount)
        );
        let gas = parse_ether("0.01").map_err(|error| Failure::Said(error.to_string()))?;
        self.relayer.send_coin(self.member.address(), gas).await?;
        let permit = self.member.permit(self.contracts.staking, amount, deadline).await?;
        let call = Staking::stakeWithPermitCall {
            amount,
            permit: permit.into(),
        };
        let receipt = self.member.send(self.contracts.staking, call).await?;
        show_receipt(&receipt);
        Ok(receipt)
    }

    /// Asks until `done`, and shows how long after the block that was.
    async fn answer_after(
        &self,
        receipt: &TransactionReceipt,
        what: &str,
        done: impl Fn(&Value) -> bool,
    ) -> Result<(), Failure> {
        let begun = Instant::now();
        let answer = loop {
            let answer = self.ask().await?;
            if done(&answer) {
                break answer;
            }
            if begun.elapsed() > ANSWER_TIMEOUT {
                let block = receipt.block_number.unwrap_or(0);
                return Err(Failure::Said(format!(
                    "the API still does not show the new {what} {} s after block {block}: look at {}v1/status and at the output of `btsc dev`",
                    ANSWER_TIMEOUT.as_secs(),
                    self.stack.api_url
                )));
            }
            tokio::time::sleep(ASK_PERIOD).await;
        };
        println!(
            "   answered {} ms after the receipt of the block",
            begun.elapsed().as_millis()
        );
        self.show_answer(&answer);
        Ok(())
    }

    async fn ask(&self) -> Result<Value, Failure> {
        let url = self.url(self.member.address());
        let unreachable = |error: reqwest::Error| {
            Failure::Said(format!(
                "the API at {} does not answer ({error}): is `make up` running?",
                self.stack.api_url
            ))
        };
        let response = self.http.get(&url).send().await.map_err(unreachable)?;
        let status = response.status();
        let body: Value = response.json().await.map_err(unreachable)?;
        if status.is_success() {
            Ok(body)
        } else {
            Err(Failure::Said(format!("GET {url} answered {status}: {body}")))
        }
    }

    fn url(&self, member: Address) -> String {
        format!("{}v1/members/{member}", self.stack.api_url)
    }

    fn show_answer(&self, answer: &Value) {
        println!("   GET /v1/members/{}\n   {answer}", self.member.address());
    }
}

fn show_receipt(receipt: &TransactionReceipt) {
    let hash: TxHash = receipt.transaction_hash;
    println!(
        "   transaction {hash} in block {}, gas {}",
        receipt.block_number.unwrap_or(0),
        receipt.gas_used
    );
}
