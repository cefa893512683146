//! A wallet as the contracts see one: it signs typed data, and sends transactions when it has gas.
//!
//! The demonstration and the end-to-end tests use it; nothing that serves members holds a member's key.

use alloy_network::{EthereumWallet, TransactionBuilder};
use alloy_primitives::{Address, B256, Bytes, Signature, TxHash, U256};
use alloy_provider::{DynProvider, Provider, ProviderBuilder};
use alloy_rpc_client::RpcClient;
use alloy_rpc_types_eth::{BlockOverrides, TransactionReceipt, TransactionRequest};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::{Eip712Domain, SolCall, SolInterface, SolStruct, eip712_domain, sol};
use alloy_transport_http::Http;
use bindings::{BTSc, IMembership, Membership, ReferencePrice, Staking};
use chain::{Contracts, Fault, http_client};
use std::time::{Duration, Instant};
use url::Url;

const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
const MINED_WITHIN: Duration = Duration::from_secs(30);
const RECEIPT_POLL: Duration = Duration::from_millis(20);

sol! {
    /// EIP-2612's typed message.
    struct Permit {
        address owner;
        address spender;
        uint256 value;
        uint256 nonce;
        uint256 deadline;
    }

    /// What `IMembership.cancelBySignature` takes.
    struct Cancellation {
        address account;
        uint256 nonce;
    }
}

/// How far above the present price a mandate still pays, as a factor.
const MANDATE_HEADROOM: u64 = 2;

/// Why a wallet's wish did not come true.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// The contract refused, in its own words.
    #[error("the contract refused: {0}")]
    Reverted(String),
    /// The node gave no usable answer.
    #[error("the node gave no usable answer: {0}")]
    Node(String),
    /// The transaction was sent and is in no block.
    #[error("transaction {hash} was not mined within {seconds} s: is the chain making blocks?")]
    NotMined {
        /// The transaction.
        hash: TxHash,
        /// How long was waited.
        seconds: u64,
    },
    /// The answer is not of the expected type.
    #[error("the node's answer does not decode: {0}")]
    Decode(#[from] alloy_sol_types::Error),
    /// The key could not sign.
    #[error("signing failed: {0}")]
    Sign(#[from] alloy_signer::Error),
}

/// A key, and a node to talk to.
#[derive(Clone, Debug)]
pub struct Wallet {
    signer: PrivateKeySigner,
    provider: DynProvider,
    contracts: Contracts,
}

/// What an order or a mandate asks for, before it is bounded and signed.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// For whom.
    pub beneficiary: Address,
    /// `IMembership.Tier`: 1 Normal, 2 Pro.
    pub tier: u8,
    /// How many periods: at once by an order, one after the other by a mandate.
    pub periods: u16,
    /// A number not used before.
    pub nonce: U256,
    /// Last second at which it may be submitted.
    pub deadline: U256,
}

impl Wallet {
    /// A wallet with `signer`'s key at the node behind `rpc`.
    pub fn new(signer: PrivateKeySigner, rpc: &Url, contracts: Contracts) -> Result<Self, Fault> {
        let transport = Http::with_client(http_client(rpc, ANSWER_TIMEOUT)?, rpc.clone());
        let client = RpcClient::new(transport, true);
        let provider = ProviderBuilder::new()
            .disable_recommended_fillers()
            .with_gas_estimation()
            // Asked for each time: a refused transaction uses none, and a reorg may take one back.
            .with_simple_nonce_management()
            .fetch_chain_id()
            .wallet(EthereumWallet::from(signer.clone()))
            .connect_client(client)
            .erased();
        Ok(Self {
            signer,
            provider,
            contracts,
        })
    }

    /// The account.
    pub fn address(&self) -> Address {
        self.signer.address()
    }

    /// Reads a contract.
    pub async fn call<C: SolCall>(&self, to: Address, call: C) -> Result<C::Return, WalletError> {
        let request = TransactionRequest::default().with_to(to).with_input(call.abi_encode());
        let answer = self.provider.call(request).await.map_err(|error| node_error(&error))?;
        Ok(C::abi_decode_returns(&answer)?)
    }

    /// Reads a contract as it would answer in a block at `time` (unix seconds).
    pub async fn call_at<C: SolCall>(&self, time: u64, to: Address, call: C) -> Result<C::Return, WalletError> {
        let request = TransactionRequest::default().with_to(to).with_input(call.abi_encode());
        let then = BlockOverrides {
            time: Some(time),
            ..BlockOverrides::default()
        };
        let answer = self
            .provider
            .call(request)
            .with_block_overrides(then)
            .await
            .map_err(|error| node_error(&error))?;
        Ok(C::abi_decode_returns(&answer)?)
    }

    /// Sends a transaction and waits until it is mined; one that reverts is an error with the contract's reason.
    pub async fn send<C: SolCall>(&self, to: Address, call: C) -> Result<TransactionReceipt, WalletError> {
        self.send_raw(TransactionRequest::default().with_to(to).with_input(call.abi_encode()))
            .await
    }

    /// Sends wei of the chain's own coin.
    pub async fn send_coin(&self, to: Address, wei: U256) -> Result<TransactionReceipt, WalletError> {
        self.send_raw(TransactionRequest::default().with_to(to).with_value(wei))
            .await
    }

    /// Sends and asks for the receipt until it is there. alloy's own watcher follows new blocks, and waits for ever for a
    /// transaction that a reorg has moved.
    async fn send_raw(&self, request: TransactionRequest) -> Result<TransactionReceipt, WalletError> {
        let pending = self
            .provider
            .send_transaction(request)
            .await
            .map_err(|error| node_error(&error))?;
        let hash = *pending.tx_hash();
        let begun = Instant::now();
        while begun.elapsed() < MINED_WITHIN {
            let receipt = self
                .provider
                .get_transaction_receipt(hash)
                .await
                .map_err(|error| node_error(&error))?;
            match receipt {
                Some(receipt) if receipt.status() => return Ok(receipt),
                Some(_) => return Err(WalletError::Reverted("in the block".into())),
                None => tokio::time::sleep(RECEIPT_POLL).await,
            }
        }
        Err(WalletError::NotMined {
            hash,
            seconds: MINED_WITHIN.as_secs(),
        })
    }

    /// An order for `wish`, bounded by what it would cost now.
    pub async fn order(&self, wish: Wish) -> Result<IMembership::Order, WalletError> {
        let quote = self
            .call(
                self.contracts.membership,
                Membership::quoteCall {
                    payer: self.address(),
                    beneficiary: wish.beneficiary,
                    tier: wish.tier,
                    periods: wish.periods,
                },
            )
            .await?;
        Ok(IMembership::Order {
            payer: self.address(),
            beneficiary: wish.beneficiary,
            tier: wish.tier,
            periods: wish.periods,
            maxCost: quote.cost,
            maxAmount: quote.amount,
            nonce: wish.nonce,
            deadline: wish.deadline,
        })
    }

    /// A mandate for `wish`, bounded a period by the present fee and by `MANDATE_HEADROOM` times what that costs now.
    pub async fn mandate(&self, wish: Wish, expiry: U256) -> Result<IMembership::Mandate, WalletError> {
        let fee = Membership::feeOfCall { tier: wish.tier };
        let fee = self.call(self.contracts.membership, fee).await?;
        let price = ReferencePrice::currentPriceCall {};
        let price = self.call(self.contracts.reference_price, price).await?;
        let amount = (fee * price).div_ceil(U256::from(10).pow(U256::from(18)));
        Ok(IMembership::Mandate {
            payer: self.address(),
            beneficiary: wish.beneficiary,
            tier: wish.tier,
            periods: wish.periods,
            maxCost: fee,
            maxAmount: amount * U256::from(MANDATE_HEADROOM),
            nonce: wish.nonce,
            deadline: wish.deadline,
            expiry,
        })
    }

    /// What ends a mandate of this wallet, or keeps an order from being taken, once it is signed.
    pub fn cancellation(&self, nonce: U256) -> Cancellation {
        let account = self.address();
        Cancellation { account, nonce }
    }

    /// The digest that Membership expects a signature over: that of an order, a mandate or a cancellation (EIP-712).
    pub fn digest(&self, message: &impl SolStruct) -> B256 {
        message.eip712_signing_hash(&membership_domain(self.contracts.chain_id, self.contracts.membership))
    }

    /// Signs an order, a mandate or a cancellation.
    pub fn sign(&self, message: &impl SolStruct) -> Result<Bytes, WalletError> {
        let domain = membership_domain(self.contracts.chain_id, self.contracts.membership);
        Ok(sign(&self.signer, message, &domain)?.as_bytes().into())
    }

    /// Signs an EIP-2612 allowance of `value` for `spender`.
    pub async fn permit(&self, spender: Address, value: U256, deadline: U256) -> Result<PermitParts, WalletError> {
        let nonce = self
            .call(self.contracts.btsc, BTSc::noncesCall { owner: self.address() })
            .await?;
        let permit = Permit {
            owner: self.address(),
            spender,
            value,
            nonce,
            deadline,
        };
        let domain = token_domain(self.contracts.chain_id, self.contracts.btsc);
        let signature = sign(&self.signer, &permit, &domain)?;
        Ok(PermitParts {
            value,
            deadline,
            v: 27 + u8::from(signature.v()),
            r: signature.r().into(),
            s: signature.s().into(),
        })
    }
}

/// The signature of `message` in `domain` (EIP-712).
pub fn sign(
    signer: &PrivateKeySigner,
    message: &impl SolStruct,
    domain: &Eip712Domain,
) -> Result<Signature, WalletError> {
    Ok(signer.sign_hash_sync(&message.eip712_signing_hash(domain))?)
}

/// The domain of what Membership takes signatures over.
pub fn membership_domain(chain_id: u64, membership: Address) -> Eip712Domain {
    eip712_domain! {
        name: "BTSChain Membership",
        version: "1",
        chain_id: chain_id,
        verifying_contract: membership,
    }
}

/// The domain of the token's allowances.
pub fn token_domain(chain_id: u64, btsc: Address) -> Eip712Domain {
    eip712_domain! {
        name: "BTSChain",
        version: "1",
        chain_id: chain_id,
        verifying_contract: btsc,
    }
}

/// A signed allowance, in the parts that contracts take.
#[derive(Clone, Copy, Debug)]
pub struct PermitParts {
    value: U256,
    deadline: U256,
    v: u8,
    r: B256,
    s: B256,
}

impl From<PermitParts> for IMembership::Permit {
    fn from(permit: PermitParts) -> Self {
        let PermitParts {
            value,
            deadline,
            v,
            r,
            s,
        } = permit;
        Self {
            value,
            deadline,
            v,
            r,
            s,
        }
    }
}

impl From<PermitParts> for bindings::staking::IMembership::Permit {
    fn from(permit: PermitParts) -> Self {
        let PermitParts {
            value,
            deadline,
            v,
            r,
            s,
        } = permit;
        Self {
            value,
            deadline,
            v,
            r,
            s,
        }
    }
}

/// A node's error, with the contract's own typed error in words where there is one.
fn node_error(error: &alloy_transport::TransportError) -> WalletError {
    let Some(payload) = error.as_error_resp() else {
        return WalletError::Node(error.to_string());
    };
    match payload.as_revert_data() {
        Some(data) => WalletError::Reverted(explain(&data)),
        None => WalletError::Node(payload.message.to_string()),
    }
}

fn explain(data: &[u8]) -> String {
    if let Ok(error) = Membership::MembershipErrors::abi_decode(data) {
        format!("{error:?}")
    } else if let Ok(error) = ReferencePrice::ReferencePriceErrors::abi_decode(data) {
        format!("{error:?}")
    } else if let Ok(error) = Staking::StakingErrors::abi_decode(data) {
        format!("{error:?}")
    } else if let Ok(error) = BTSc::BTScErrors::abi_decode(data) {
        format!("{error:?}")
    } else {
        format!("0x{}", alloy_primitives::hex::encode(data))
    }
}
