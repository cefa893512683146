#!/usr/bin/env node
// Writes bindings/abi/<Name>.json from forge's artifacts, for every contract that the deploy script puts on chain.
// The Rust bindings read these files, so that building Rust needs neither forge nor solc.
//
//   node scripts/export-abi.mjs           writes what differs and removes what is superfluous
//   node scripts/export-abi.mjs --check   writes nothing; exits 1 and names every file that is not in step
//
// It reads what is in out/: `forge build` comes first, scripts included, since it is the deploy script that imports the
// two OpenZeppelin contracts. `make generate` does both.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const ABI_DIR = "bindings/abi";

const OPENZEPPELIN = "node_modules/@openzeppelin/contracts";
const SOURCES = {
  AccessManager: `${OPENZEPPELIN}/access/manager/AccessManager.sol`,
  BTSc: "contracts/BTSc.sol",
  FeedPoster: "contracts/FeedPoster.sol",
  Membership: "contracts/Membership.sol",
  MembershipRegistry: "contracts/MembershipRegistry.sol",
  OperationPool: "contracts/pools/OperationPool.sol",
  ReferencePrice: "contracts/ReferencePrice.sol",
  RenewalLens: "contracts/RenewalLens.sol",
  RewardPool: "contracts/pools/RewardPool.sol",
  Staking: "contracts/Staking.sol",
  StakingPool: "contracts/pools/StakingPool.sol",
  TimelockController: `${OPENZEPPELIN}/governance/TimelockController.sol`,
};

class ExportError extends Error {}

/** Name and types with tuples written out, `name(type,(type,type)[])`: what a selector or a topic is the hash of. */
function signature({ name = "", inputs = [] }) {
  return `${name}(${inputs.map(canonicalType).join(",")})`;
}

function canonicalType({ type, components }) {
  return components ? type.replace("tuple", `(${components.map(canonicalType).join(",")})`) : type;
}

/** Compares by code unit, not by locale: the order must be the same on every machine. */
function compareText(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareEntries(a, b) {
  return (
    compareText(a.type, b.type) ||
    compareText(a.name ?? "", b.name ?? "") ||
    compareText(signature(a), signature(b))
  );
}

function readAbi(name, source) {
  const file = `out/${name}.sol/${name}.json`;
  let artifact;
  try {
    artifact = JSON.parse(readFileSync(path.join(ROOT, file), "utf8"));
  } catch (error) {
    if (error.code !== "ENOENT") throw new ExportError(`${file} can't be read: ${error.message}`);
    throw new ExportError(`${file} is missing: run \`forge build\` first`);
  }
  // A mock or an older layout may leave an artifact of the same name behind.
  const target = artifact.metadata?.settings?.compilationTarget?.[source];
  if (target !== name) throw new ExportError(`${file} was not compiled from ${source}: run \`forge build --force\``);
  return artifact.abi.toSorted(compareEntries);
}

/** File name -> text, for everything that bindings/abi/ should hold. */
function expectedFiles() {
  const expected = new Map();
  const missing = [];
  for (const [name, source] of Object.entries(SOURCES)) {
    try {
      expected.set(`${name}.json`, `${JSON.stringify(readAbi(name, source), null, 2)}\n`);
    } catch (error) {
      if (!(error instanceof ExportError)) throw error;
      missing.push(error.message);
    }
  }
  if (missing.length > 0) throw new ExportError(missing.join("\n"));
  return expected;
}

/** What is not in step: [file name, "differs" | "is missing" | "is superfluous"]. */
function findDifferences(expected, directory) {
  const present = new Set(existsSync(directory) ? readdirSync(directory) : []);
  const differences = [];
  for (const [file, text] of expected) {
    if (!present.delete(file)) differences.push([file, "is missing"]);
    else if (readFileSync(path.join(directory, file), "utf8") !== text) differences.push([file, "differs"]);
  }
  for (const file of present) differences.push([file, "is superfluous"]);
  return differences.toSorted(([a], [b]) => compareText(a, b));
}

function main(args) {
  const check = args.includes("--check");
  const unknown = args.filter((argument) => argument !== "--check");
  if (unknown.length > 0) throw new ExportError(`unknown argument ${unknown.join(" ")}: there is only --check`);

  const expected = expectedFiles();
  const directory = path.join(ROOT, ABI_DIR);
  const differences = findDifferences(expected, directory);
  if (check) {
    if (differences.length === 0) return;
    const lines = differences.map(([file, state]) => `${ABI_DIR}/${file} ${state}`);
    throw new ExportError(`${lines.join("\n")}\nrun \`make generate\``);
  }

  mkdirSync(directory, { recursive: true });
  for (const [file, state] of differences) {
    if (state === "is superfluous") rmSync(path.join(directory, file), { recursive: true });
    else writeFileSync(path.join(directory, file), expected.get(file));
    console.log(`${ABI_DIR}/${file} ${state === "is superfluous" ? "removed" : "written"}`);
  }
}

try {
  main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ExportError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
