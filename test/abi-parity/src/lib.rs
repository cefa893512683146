//! What ethers-contract-abigen 2.0.14 makes of `bindings/abi/*.json`: a second reading of our ABIs, which shares neither
//! parser nor decoder nor hash with alloy. `tests/parity.rs` holds the two against each other.

use ethers_contract::{EthCall, EthError, EthEvent};
use ethers_core::abi::{Abi, Error, RawLog, Token, Tokenizable};

// abigen asks `cargo metadata` how this package names ethers, and writes `::ethers::contract` when it gets no answer,
// as happens without a network. With this name both spellings resolve.
extern crate ethers_contract as ethers;

/// The generated types, and [`abigen::contracts`], which lists them.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
pub mod abigen {
    include!(concat!(env!("OUT_DIR"), "/abigen.rs"));
}

/// A contract as abigen reads it.
#[derive(Debug)]
pub struct Contract {
    /// The name of its file in `bindings/abi/`.
    pub name: &'static str,
    /// Its ABI.
    pub abi: &'static Abi,
    /// Its functions, in the order of their types.
    pub functions: Vec<Selector>,
    /// Its errors.
    pub errors: Vec<Selector>,
    /// Its events.
    pub events: Vec<Event>,
}

/// What a function or an error is called by.
#[derive(Debug)]
pub struct Selector {
    /// Name and types, as they are hashed.
    pub signature: String,
    /// The first four bytes of the hash.
    pub selector: [u8; 4],
}

/// An event type.
#[derive(Debug)]
pub struct Event {
    /// Name and types, as they are hashed.
    pub signature: String,
    /// The whole hash.
    pub topic0: [u8; 32],
    decode: fn(&RawLog) -> Result<Token, Error>,
}

impl Event {
    /// Decodes `log` into the generated type, and hands its fields back in order.
    ///
    /// # Errors
    /// When the log is not one of this event.
    pub fn decode(&self, log: &RawLog) -> Result<Vec<Token>, Error> {
        match (self.decode)(log)? {
            Token::Tuple(fields) => Ok(fields),
            _ => Err(Error::InvalidData),
        }
    }
}

impl Contract {
    fn new(name: &'static str, abi: &'static Abi) -> Self {
        Self {
            name,
            abi,
            functions: Vec::new(),
            errors: Vec::new(),
            events: Vec::new(),
        }
    }

    fn function<T: EthCall>(mut self) -> Self {
        self.functions.push(Selector {
            signature: T::abi_signature().into_owned(),
            selector: T::selector(),
        });
        self
    }

    fn error<T: EthError>(mut self) -> Self {
        self.errors.push(Selector {
            signature: T::abi_signature().into_owned(),
            selector: T::selector(),
        });
        self
    }

    fn event<T: EthEvent + Tokenizable>(mut self) -> Self {
        self.events.push(Event {
            signature: T::abi_signature().into_owned(),
            topic0: T::signature().0,
            decode: |log| T::decode_log(log).map(Tokenizable::into_token),
        });
        self
    }
}
