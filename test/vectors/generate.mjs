#!/usr/bin/env node
// Writes test/vectors/merkle.json by OpenZeppelin's merkle-tree and test/vectors/typed-data.json by ethers, for the Solidity
// and Rust tests that have to come to the same roots, proofs, digests and signatures. Always the same: nothing is random.
//
//   node test/vectors/generate.mjs           writes what differs
//   node test/vectors/generate.mjs --check   writes nothing; exits 1 and names every file that is not in step
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { HDNodeWallet, MaxUint256, TypedDataEncoder, dataSlice, getAddress, id } from "ethers";
import { ROOT, command, options, synchronise } from "../../scripts/lib/tools.mjs";
import { readFileSync } from "node:fs";
import path from "node:path";

/** An address, a number below `limit`: by name, so that adding one changes no other. */
const addressOf = (name) => getAddress(dataSlice(id(`BTSChain vectors: ${name}`), 12));
const numberOf = (name, limit) => BigInt(id(`BTSChain vectors: ${name}`)) % limit;

const TREE_SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 33];
const LEAF_TYPES = ["uint256", "address", "address", "uint256"];
const POOL = { chainId: 56, pool: addressOf("RewardPool") };

// Anvil's own: everybody knows these keys.
const MNEMONIC = "test test test test test test test test test test test junk";
const ROLES = [0, 1, 2].map((index) => HDNodeWallet.fromPhrase(MNEMONIC, undefined, `m/44'/60'/0'/0/${index}`));
const [ALICE, BOB, CAROL] = ROLES;

const MEMBERSHIP = { name: "BTSChain Membership", version: "1", chainId: 56, verifyingContract: addressOf("Membership") };
const TESTNET = { ...MEMBERSHIP, chainId: 97, verifyingContract: addressOf("Membership of the testnet") };
const TOKEN = { name: "BTSChain", version: "1", chainId: 56, verifyingContract: addressOf("BTSc") };

const fields = (text) => text.split(",").map((field) => field.trim().split(" ")).map(([type, name]) => ({ type, name }));
const TYPES = {
  Order: fields("address payer, address beneficiary, uint8 tier, uint16 periods, uint256 maxCost, uint256 maxAmount, uint256 nonce, uint256 deadline"),
  Mandate: fields("address payer, address beneficiary, uint8 tier, uint16 periods, uint256 maxCost, uint256 maxAmount, uint256 nonce, uint256 deadline, uint256 expiry"),
  Cancellation: fields("address account, uint256 nonce"),
  Permit: fields("address owner, address spender, uint256 value, uint256 nonce, uint256 deadline"),
};
const UNIT = 10n ** 18n;
const LARGEST = { maxCost: MaxUint256, maxAmount: MaxUint256, nonce: MaxUint256, deadline: MaxUint256 };
const ORDINARY = { maxCost: 30n * UNIT, maxAmount: 75n * UNIT, nonce: 7n, deadline: 1_800_000_000n };
const NOTHING = { tier: 0n, periods: 0n, maxCost: 0n, maxAmount: 0n, nonce: 0n, deadline: 0n };

// [domain, type, signer, message]
const MESSAGES = [
  [MEMBERSHIP, "Order", ALICE, { payer: ALICE.address, beneficiary: ALICE.address, tier: 1n, periods: 1n, ...ORDINARY }],
  [MEMBERSHIP, "Order", BOB, { payer: BOB.address, beneficiary: CAROL.address, tier: 2n, periods: 12n, ...ORDINARY }],
  [MEMBERSHIP, "Order", CAROL, { payer: CAROL.address, beneficiary: ALICE.address, tier: 2n, periods: 65_535n, ...LARGEST }],
  [MEMBERSHIP, "Order", ALICE, { payer: ALICE.address, beneficiary: addressOf("somebody"), ...NOTHING }],
  [TESTNET, "Order", ALICE, { payer: ALICE.address, beneficiary: ALICE.address, tier: 1n, periods: 1n, ...ORDINARY }],
  [MEMBERSHIP, "Mandate", ALICE, { payer: ALICE.address, beneficiary: ALICE.address, tier: 2n, periods: 12n, ...ORDINARY, expiry: 1_900_000_000n }],
  [MEMBERSHIP, "Mandate", BOB, { payer: BOB.address, beneficiary: CAROL.address, tier: 1n, periods: 65_535n, ...LARGEST, expiry: MaxUint256 }],
  [MEMBERSHIP, "Mandate", CAROL, { payer: CAROL.address, beneficiary: addressOf("somebody"), ...NOTHING, expiry: 0n }],
  [TESTNET, "Mandate", ALICE, { payer: ALICE.address, beneficiary: ALICE.address, tier: 2n, periods: 12n, ...ORDINARY, expiry: 1_900_000_000n }],
  [MEMBERSHIP, "Cancellation", ALICE, { account: ALICE.address, nonce: 7n }],
  [MEMBERSHIP, "Cancellation", BOB, { account: BOB.address, nonce: 0n }],
  [MEMBERSHIP, "Cancellation", CAROL, { account: CAROL.address, nonce: MaxUint256 }],
  [TESTNET, "Cancellation", ALICE, { account: ALICE.address, nonce: 7n }],
  [TOKEN, "Permit", ALICE, { owner: ALICE.address, spender: MEMBERSHIP.verifyingContract, value: 75n * UNIT, nonce: 0n, deadline: 1_800_000_000n }],
  [TOKEN, "Permit", ALICE, { owner: ALICE.address, spender: MEMBERSHIP.verifyingContract, value: 0n, nonce: 1n, deadline: 1_800_000_000n }],
  [TOKEN, "Permit", BOB, { owner: BOB.address, spender: addressOf("somebody"), value: MaxUint256, nonce: 0n, deadline: MaxUint256 }],
];

function tree(size) {
  const values = Array.from({ length: size }, (_, i) => {
    const name = `leaf ${i} of ${size}`;
    return [BigInt(POOL.chainId), POOL.pool, addressOf(name), 1n + numberOf(name, 1000n * UNIT)];
  });
  const built = StandardMerkleTree.of(values, LEAF_TYPES);
  const leaves = values.map((value, i) => ({
    account: value[2],
    cumulative: value[3],
    leaf: built.leafHash(value),
    proof: built.getProof(i),
  }));
  return { root: built.root, total: values.reduce((sum, value) => sum + value[3], 0n), leaves };
}

async function typedData([domain, primaryType, signer, message]) {
  const types = { [primaryType]: TYPES[primaryType] };
  return {
    primaryType,
    domain,
    types,
    message,
    signer: signer.address,
    digest: TypedDataEncoder.hash(domain, types, message),
    signature: await signer.signTypedData(domain, types, message),
  };
}

const version = (name) => {
  const file = path.join(ROOT, "node_modules", name, "package.json");
  return `${name} ${JSON.parse(readFileSync(file, "utf8")).version}`;
};

/** JSON with one line for each leaf and each field of a vector; numbers are decimal strings, which no reader rounds. */
function json(value) {
  const text = (part) => JSON.stringify(part, (_, inner) => (typeof inner === "bigint" ? String(inner) : inner));
  const list = (items, indent, inner) => `[\n${items.map((item) => indent + inner(item)).join(",\n")}\n${indent.slice(2)}]`;
  const object = (item, indent, inner) =>
    `{\n${Object.entries(item).map(([key, part]) => `${indent}"${key}": ${inner(key, part)}`).join(",\n")}\n${indent.slice(2)}}`;
  return `${object(value, "  ", (key, part) =>
    !Array.isArray(part)
      ? text(part)
      : list(part, "    ", (item) =>
          object(item, "      ", (name, field) => (name === "leaves" ? list(field, "        ", text) : text(field)))),
  )}\n`;
}

command(async (args) => {
  const { check = false } = options(args, { check: Boolean });
  const merkle = { madeBy: version("@openzeppelin/merkle-tree"), leafTypes: LEAF_TYPES.join(","), ...POOL, trees: TREE_SIZES.map(tree) };
  const typed = { madeBy: version("ethers"), vectors: await Promise.all(MESSAGES.map(typedData)) };
  const expected = new Map([
    ["test/vectors/merkle.json", json(merkle)],
    ["test/vectors/typed-data.json", json(typed)],
  ]);
  synchronise(expected, [], check);
});
