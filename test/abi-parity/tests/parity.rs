//! abigen and alloy read the same ABIs and must find the same in them.
//!
//! Alloy's side is the `bindings` crate, the very types that the product decodes with. Field by field it is alloy's
//! dynamic decoder, because generated structs do not tell their fields' names; `bindings` must then give the log back as
//! it was.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use abi_parity::abigen;
use alloy_dyn_abi::{DynSolType, DynSolValue, EventExt, Specifier};
use alloy_json_abi::{Event, EventParam, JsonAbi};
use alloy_primitives::{Address, B256, Bytes, I256, IntoLogData, LogData, U256};
use alloy_sol_types::SolEventInterface;
use ethers_core::abi::{RawLog, Token};
use ethers_core::types::H256;
use serde::Deserialize;

type Selectors = BTreeSet<(String, String)>;
/// Name and value, rendered: numbers in decimal, the rest in lower-case hex.
type Fields = Vec<(String, String)>;

/// A contract as `bindings` has it.
struct Binding {
    name: &'static str,
    functions: Selectors,
    errors: Selectors,
    events: Selectors,
    decode_and_encode: fn(&LogData) -> alloy_sol_types::Result<LogData>,
}

macro_rules! binding {
    ($module:ident::$contract:ident, $calls:ident, $errors:ident, $events:ident) => {{
        use $module::$contract::{$calls, $errors, $events};
        Binding {
            name: stringify!($contract),
            functions: selectors($calls::SIGNATURES, $calls::SELECTORS),
            errors: selectors($errors::SIGNATURES, $errors::SELECTORS),
            events: selectors($events::SIGNATURES, $events::SELECTORS),
            decode_and_encode: |log| $events::decode_raw_log(log.topics(), &log.data).map(|event| event.to_log_data()),
        }
    }};
    // A contract that has no event.
    ($module:ident::$contract:ident, $calls:ident, $errors:ident) => {{
        use $module::$contract::{$calls, $errors};
        Binding {
            name: stringify!($contract),
            functions: selectors($calls::SIGNATURES, $calls::SELECTORS),
            errors: selectors($errors::SIGNATURES, $errors::SELECTORS),
            events: Selectors::new(),
            decode_and_encode: |_| Err(alloy_sol_types::Error::custom("it has no event")),
        }
    }};
}

/// The contracts that the deploy script takes from OpenZeppelin; no crate of ours calls them.
#[allow(missing_docs, clippy::all, clippy::pedantic)]
mod openzeppelin {
    alloy_sol_types::sol!(AccessManager, "../../bindings/abi/AccessManager.json");
    alloy_sol_types::sol!(TimelockController, "../../bindings/abi/TimelockController.json");
}

fn binding_contracts() -> Vec<Binding> {
    vec![
        binding!(
            openzeppelin::AccessManager,
            AccessManagerCalls,
            AccessManagerErrors,
            AccessManagerEvents
        ),
        binding!(bindings::BTSc, BTScCalls, BTScErrors, BTScEvents),
        binding!(
            bindings::FeedPoster,
            FeedPosterCalls,
            FeedPosterErrors,
            FeedPosterEvents
        ),
        binding!(
            bindings::Membership,
            MembershipCalls,
            MembershipErrors,
            MembershipEvents
        ),
        binding!(
            bindings::MembershipRegistry,
            MembershipRegistryCalls,
            MembershipRegistryErrors,
            MembershipRegistryEvents
        ),
        binding!(
            bindings::OperationPool,
            OperationPoolCalls,
            OperationPoolErrors,
            OperationPoolEvents
        ),
        binding!(
            bindings::ReferencePrice,
            ReferencePriceCalls,
            ReferencePriceErrors,
            ReferencePriceEvents
        ),
        binding!(bindings::RenewalLens, RenewalLensCalls, RenewalLensErrors),
        binding!(
            bindings::RewardPool,
            RewardPoolCalls,
            RewardPoolErrors,
            RewardPoolEvents
        ),
        binding!(bindings::Staking, StakingCalls, StakingErrors, StakingEvents),
        binding!(
            bindings::StakingPool,
            StakingPoolCalls,
            StakingPoolErrors,
            StakingPoolEvents
        ),
        binding!(
            openzeppelin::TimelockController,
            TimelockControllerCalls,
            TimelockControllerErrors,
            TimelockControllerEvents
        ),
    ]
}

#[derive(Deserialize)]
struct Recording {
    contracts: BTreeMap<Address, String>,
    logs: Vec<RecordedLog>,
}

#[derive(Deserialize)]
struct RecordedLog {
    address: Address,
    topics: Vec<B256>,
    data: Bytes,
}

#[test]
fn both_sides_read_every_abi() {
    let files: BTreeSet<String> = abis().into_keys().collect();
    assert!(!files.is_empty(), "no ABI in {}", abi_directory().display());
    let abigen: BTreeSet<String> = abigen::contracts()
        .iter()
        .map(|contract| contract.name.to_owned())
        .collect();
    let bindings: BTreeSet<String> = binding_contracts()
        .iter()
        .map(|contract| contract.name.to_owned())
        .collect();
    assert_eq!(abigen, files, "what abigen read, and the files");
    assert_eq!(
        bindings, files,
        "the contracts of this test's table of bindings, and the files"
    );
}

#[test]
fn selectors_and_topics_are_equal() {
    let abis = abis();
    let bindings = by_name(binding_contracts());
    for contract in abigen::contracts() {
        let (name, abi, binding) = (contract.name, &abis[contract.name], &bindings[contract.name]);
        let functions = contract
            .functions
            .iter()
            .map(|item| (item.signature.clone(), hex(&item.selector)))
            .collect();
        let errors = contract
            .errors
            .iter()
            .map(|item| (item.signature.clone(), hex(&item.selector)))
            .collect();
        let events = contract
            .events
            .iter()
            .map(|item| (item.signature.clone(), hex(&item.topic0)))
            .collect();
        assert_same(
            name,
            "function",
            &functions,
            &binding.functions,
            abi.functions().count(),
        );
        assert_same(name, "error", &errors, &binding.errors, abi.errors().count());
        assert_same(name, "event", &events, &binding.events, abi.events().count());
    }
}

#[test]
fn recorded_logs_decode_to_the_same_fields() {
    let recording = recording();
    assert!(!recording.logs.is_empty(), "the recording holds no log");
    let sides = Sides::new();
    for (index, log) in recording.logs.into_iter().enumerate() {
        let name = &recording.contracts[&log.address];
        sides.assert_decode_equally(
            name,
            &LogData::new_unchecked(log.topics, log.data),
            &format!("recorded log {index}"),
        );
    }
}

/// Each event that no run happens to emit, and the far ends of each type.
#[test]
fn generated_logs_decode_to_the_same_fields() {
    let sides = Sides::new();
    for (name, abi) in abis() {
        for event in abi.events() {
            for fill in [
                Fill::Zero,
                Fill::Largest,
                Fill::Mixed(1),
                Fill::Mixed(2),
                Fill::Mixed(3),
            ] {
                let what = format!("{} with {fill:?}", event.signature());
                sides.assert_decode_equally(&name, &generated_log(event, fill), &what);
            }
        }
    }
}

#[test]
fn a_log_of_another_event_is_refused() {
    let sides = Sides::new();
    for (name, abi) in abis() {
        for event in abi.events() {
            let mut log = generated_log(event, Fill::Mixed(1));
            log.topics_mut_unchecked()[0].0[31] ^= 1;
            let decoded = sides.abigen_event(&name, event).decode(&raw_log(&log));
            assert!(
                decoded.is_err(),
                "abigen took a foreign topic for {name}.{}",
                event.signature()
            );
            let decoded = (sides.bindings[&name].decode_and_encode)(&log);
            assert!(
                decoded.is_err(),
                "alloy took a foreign topic for {name}.{}",
                event.signature()
            );
        }
    }
}

/// The two readings, side by side.
struct Sides {
    abis: BTreeMap<String, JsonAbi>,
    abigen: BTreeMap<String, abi_parity::Contract>,
    bindings: BTreeMap<String, Binding>,
}

impl Sides {
    fn new() -> Self {
        let abigen = abigen::contracts()
            .into_iter()
            .map(|contract| (contract.name.to_owned(), contract))
            .collect();
        Self {
            abis: abis(),
            abigen,
            bindings: by_name(binding_contracts()),
        }
    }

    fn abigen_event(&self, name: &str, event: &Event) -> &abi_parity::Event {
        let events = &self.abigen[name].events;
        let found = events.iter().find(|candidate| candidate.signature == event.signature());
        found.unwrap_or_else(|| panic!("abigen has no {name}.{}", event.signature()))
    }

    fn assert_decode_equally(&self, name: &str, log: &LogData, what: &str) {
        let topic0 = log
            .topics()
            .first()
            .unwrap_or_else(|| panic!("{name}: {what} has no topic"));
        let event = self.abis[name].events().find(|event| event.selector() == *topic0);
        let event = event.unwrap_or_else(|| panic!("{name} has no event for {topic0}, {what}: record again?"));
        let signature = event.signature();

        let alloy = alloy_fields(event, log);
        let abigen = self.abigen_fields(name, event, log);
        assert_eq!(
            abigen, alloy,
            "{name}.{signature}: fields by abigen (left) and by alloy (right), {what}"
        );

        let encoded = (self.bindings[name].decode_and_encode)(log);
        let encoded = encoded.unwrap_or_else(|error| panic!("bindings: {name}.{signature}: {error}, {what}"));
        assert_eq!(
            &encoded, log,
            "{name}.{signature}: decoded and encoded by bindings (left), {what}"
        );
    }

    fn abigen_fields(&self, name: &str, event: &Event, log: &LogData) -> Fields {
        let tokens = self.abigen_event(name, event).decode(&raw_log(log));
        let tokens = tokens.unwrap_or_else(|error| panic!("abigen: {name}.{}: {error}", event.signature()));
        let overloads = self.abigen[name]
            .abi
            .events_by_name(&event.name)
            .expect("abigen knows the event's name");
        let topic0 = H256(event.selector().0);
        let read = overloads.iter().find(|candidate| candidate.signature() == topic0);
        let names = read
            .expect("abigen knows the event's topic")
            .inputs
            .iter()
            .map(|input| input.name.clone());
        assert_eq!(
            tokens.len(),
            event.inputs.len(),
            "{name}.{}: number of fields",
            event.signature()
        );
        names.zip(tokens.iter().map(render_token)).collect()
    }
}

fn alloy_fields(event: &Event, log: &LogData) -> Fields {
    let decoded = event
        .decode_log(log)
        .unwrap_or_else(|error| panic!("alloy: {}: {error}", event.signature()));
    let (mut indexed, mut body) = (decoded.indexed.iter(), decoded.body.iter());
    let mut next = |input: &EventParam| if input.indexed { indexed.next() } else { body.next() };
    let value = |input: &EventParam| render_value(next(input).expect("alloy decodes a value for each input"));
    event
        .inputs
        .iter()
        .map(|input| input.name.clone())
        .zip(event.inputs.iter().map(value))
        .collect()
}

fn raw_log(log: &LogData) -> RawLog {
    RawLog {
        topics: log.topics().iter().map(|topic| H256(topic.0)).collect(),
        data: log.data.to_vec(),
    }
}

fn render_token(token: &Token) -> String {
    match token {
        Token::Address(address) => hex(&address.0),
        Token::FixedBytes(bytes) | Token::Bytes(bytes) => hex(bytes),
        Token::Int(value) => ethers_core::types::I256::from_raw(*value).to_string(),
        Token::Uint(value) => value.to_string(),
        Token::Bool(value) => value.to_string(),
        Token::String(text) => format!("{text:?}"),
        Token::FixedArray(items) | Token::Array(items) => format!("[{}]", join(items, render_token)),
        Token::Tuple(items) => format!("({})", join(items, render_token)),
    }
}

fn render_value(value: &DynSolValue) -> String {
    match value {
        DynSolValue::Address(address) => hex(address.as_slice()),
        DynSolValue::FixedBytes(word, size) => hex(&word[..*size]),
        DynSolValue::Bytes(bytes) => hex(bytes),
        DynSolValue::Int(value, _) => value.to_string(),
        DynSolValue::Uint(value, _) => value.to_string(),
        DynSolValue::Bool(value) => value.to_string(),
        DynSolValue::String(text) => format!("{text:?}"),
        DynSolValue::FixedArray(items) | DynSolValue::Array(items) => format!("[{}]", join(items, render_value)),
        DynSolValue::Tuple(items) => format!("({})", join(items, render_value)),
        DynSolValue::Function(function) => hex(function.as_slice()),
    }
}

fn join<T>(items: &[T], render: fn(&T) -> String) -> String {
    items.iter().map(render).collect::<Vec<_>>().join(",")
}

#[derive(Clone, Copy, Debug)]
enum Fill {
    Zero,
    Largest,
    /// Bytes that differ from place to place, from this seed on.
    Mixed(u8),
}

fn generated_log(event: &Event, fill: Fill) -> LogData {
    let mut place = 0;
    let (mut topics, mut body) = (vec![event.selector()], Vec::new());
    for input in &event.inputs {
        let kind = input
            .resolve()
            .unwrap_or_else(|error| panic!("{}: {error}", event.signature()));
        let value = generated_value(&kind, fill, &mut place);
        if input.indexed {
            // What is longer than a word is indexed by its hash, which is any word.
            topics.push(value.as_word().unwrap_or_else(|| filled_word(fill, &mut place)));
        } else {
            body.push(value);
        }
    }
    LogData::new_unchecked(topics, DynSolValue::Tuple(body).abi_encode_params().into())
}

fn generated_value(kind: &DynSolType, fill: Fill, place: &mut u8) -> DynSolValue {
    let word = filled_word(fill, place);
    let number = U256::from_be_bytes(word.0);
    let length = match fill {
        Fill::Zero => 0,
        Fill::Largest => 40,
        Fill::Mixed(seed) => usize::from(seed),
    };
    match kind {
        DynSolType::Bool => DynSolValue::Bool(number.bit(0)),
        DynSolType::Int(bits) => DynSolValue::Int(I256::from_raw(number).asr(256 - bits), *bits),
        DynSolType::Uint(bits) => DynSolValue::Uint(number >> (256 - bits), *bits),
        DynSolType::FixedBytes(size) => {
            let mut bytes = B256::ZERO;
            bytes[..*size].copy_from_slice(&word[..*size]);
            DynSolValue::FixedBytes(bytes, *size)
        }
        DynSolType::Address => DynSolValue::Address(Address::from_word(word)),
        DynSolType::Bytes => DynSolValue::Bytes(word.repeat(length)),
        DynSolType::String => DynSolValue::String("ä1 ".repeat(length)),
        DynSolType::Array(inner) => {
            DynSolValue::Array((0..length).map(|_| generated_value(inner, fill, place)).collect())
        }
        DynSolType::FixedArray(inner, size) => {
            DynSolValue::FixedArray((0..*size).map(|_| generated_value(inner, fill, place)).collect())
        }
        DynSolType::Tuple(kinds) => {
            DynSolValue::Tuple(kinds.iter().map(|kind| generated_value(kind, fill, place)).collect())
        }
        DynSolType::Function => panic!("no event of ours carries a function"),
    }
}

fn filled_word(fill: Fill, place: &mut u8) -> B256 {
    *place = place.wrapping_add(1);
    let place = *place;
    match fill {
        Fill::Zero => B256::ZERO,
        Fill::Largest => B256::repeat_byte(0xff),
        Fill::Mixed(seed) => B256::from(std::array::from_fn(|index| {
            let index = u8::try_from(index).expect("a word has 32 bytes");
            place.wrapping_mul(0x3b).wrapping_add(index.wrapping_mul(0x59)) ^ seed
        })),
    }
}

fn assert_same(name: &str, kind: &str, abigen: &Selectors, alloy: &Selectors, count: usize) {
    assert!(kind == "event" || !alloy.is_empty(), "{name} has no {kind}");
    let (only_abigen, only_alloy): (Vec<_>, Vec<_>) =
        (abigen.difference(alloy).collect(), alloy.difference(abigen).collect());
    assert!(
        abigen == alloy,
        "{kind}s of {name}: only abigen has {only_abigen:?}, only alloy {only_alloy:?}"
    );
    assert_eq!(alloy.len(), count, "{kind}s of {name}, and the entries in its file");
}

fn selectors<const N: usize>(signatures: &[&str], selectors: &[[u8; N]]) -> Selectors {
    assert_eq!(signatures.len(), selectors.len(), "a selector for each signature");
    signatures
        .iter()
        .map(|text| (*text).to_owned())
        .zip(selectors.iter().map(|bytes| hex(bytes)))
        .collect()
}

fn by_name(contracts: Vec<Binding>) -> BTreeMap<String, Binding> {
    contracts
        .into_iter()
        .map(|contract| (contract.name.to_owned(), contract))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    alloy_primitives::hex::encode_prefixed(bytes)
}

fn abi_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bindings/abi")
}

fn abis() -> BTreeMap<String, JsonAbi> {
    let directory = abi_directory();
    let entries = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let paths = entries.map(|entry| entry.expect("the directory can be listed").path());
    paths
        .map(|path| {
            let name = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .expect("an ABI file has a name")
                .to_owned();
            let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let abi = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            (name, abi)
        })
        .collect()
}

fn recording() -> Recording {
    serde_json::from_str(include_str!("../recorded/logs.json")).expect("recorded/logs.json is a recording")
}
