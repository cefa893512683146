#!/usr/bin/env node
// Writes recorded/logs.json: what our contracts really log, on a fresh anvil, deployed by scripts/Deploy.s.sol with the
// local configuration and driven until each of their events has happened. Run it when an event has changed:
//
//   node test/abi-parity/record.mjs
//
// Every block's time is fixed, so that recording twice gives the same file.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.join(HERE, "..", "..");
const LOGS = path.join(HERE, "recorded", "logs.json");
const DEPLOYMENT = path.join(ROOT, "scripts", "deployments", "31337.json");

const LOGS_PER_EVENT_MAX = 3;
const START = 1_767_225_600; // 2026-01-01
const DAY = 86_400;
const FOREVER = 2 ** 40;
const COIN = 10n ** 18n;
const MANDATE = "(address,address,uint8,uint16,uint256,uint256,uint256,uint256,uint256)";
const NONE = `0x${"00".repeat(32)}`;

/** The native binary: the launchers in .bin exit with 0 when the command fails. */
function tool(name) {
  const cpu = process.arch === "x64" ? "amd64" : process.arch;
  return path.join(ROOT, "node_modules", "@foundry-rs", `${name}-${process.platform}-${cpu}`, "bin", name);
}

function run(name, args) {
  const env = { FOUNDRY_SOLC: path.join(ROOT, "scripts", "solc"), ...process.env };
  return execFileSync(tool(name), args, { cwd: ROOT, env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function startAnvil() {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = ["--port", `${port}`, "--timestamp", `${START}`, "--hardfork", "cancun", "--silent"];
  const child = spawn(tool("anvil"), args, { stdio: ["ignore", "ignore", "inherit"] });
  for (let attempt = 0; attempt < 100; attempt++) {
    if (child.exitCode !== null) break;
    try {
      await rpc(url, "eth_chainId");
      return { url, child };
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  child.kill();
  throw new Error(`anvil does not answer at ${url}`);
}

async function rpc(url, method, ...params) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  const { result, error } = await response.json();
  if (error) throw new Error(`${method}: ${error.message}`);
  return result;
}

/** Deploys, and gives back name -> address. A stack that runs on this checkout keeps its own deployment file. */
function deploy(url, deployer) {
  const before = existsSync(DEPLOYMENT) ? readFileSync(DEPLOYMENT) : undefined;
  try {
    const signing = ["--unlocked", "--sender", deployer];
    run("forge", ["script", "scripts/Deploy.s.sol", "--sig", "run(string)", "local", "--rpc-url", url, "--broadcast", "--slow", ...signing]);
    const { contracts } = JSON.parse(readFileSync(DEPLOYMENT, "utf8"));
    return Object.fromEntries(Object.entries(contracts).map(([name, { address }]) => [name, address]));
  } finally {
    if (before) writeFileSync(DEPLOYMENT, before);
    else rmSync(DEPLOYMENT, { force: true });
  }
}

/** Creates a contract that is no part of the deployment, and gives back its address. */
function create(url, from, contract, ...args) {
  const signing = ["--unlocked", "--from", from, "--broadcast"];
  const made = run("forge", ["create", contract, "--rpc-url", url, ...signing, "--json", "--constructor-args", ...args.map(String)]);
  return JSON.parse(made).deployedTo;
}

/** The first holder of a role in scripts/config/local.toml. */
function holders() {
  const text = readFileSync(path.join(ROOT, "scripts", "config", "local.toml"), "utf8");
  return (role) => {
    const found = text.match(new RegExp(`^${role} = \\["(0x[0-9a-fA-F]{40})"`, "m"));
    if (!found) throw new Error(`scripts/config/local.toml names no ${role}`);
    return found[1];
  };
}

/** Makes every event of our contracts happen that the deployment has not made happen. */
async function drive(url, at, accounts) {
  const holder = holders();
  const [treasury] = accounts;
  const [payer, beneficiary] = accounts.slice(8, 10);
  const send = (from, to, signature, ...args) =>
    run("cast", ["send", "--rpc-url", url, "--unlocked", "--from", from, to, signature, ...args.map(String)]);
  const call = (to, signature, ...args) => run("cast", ["call", "--rpc-url", url, to, signature, ...args.map(String)]);
  const calldata = (signature, ...args) => run("cast", ["calldata", signature, ...args.map(String)]);
  // evm_increaseTime is passed over while the interval between blocks is fixed.
  const wait = async (seconds) => {
    const { timestamp } = await rpc(url, "eth_getBlockByNumber", "latest", false);
    await rpc(url, "evm_setNextBlockTimestamp", Number(timestamp) + seconds);
    await rpc(url, "evm_mine");
  };
  const [NORMAL, PRO] = [1, 2];
  const pay = (from, to, tier, periods) =>
    send(from, at.Membership, "pay(address,uint8,uint16,uint256,uint256)", to, tier, periods, 10_000n * COIN, FOREVER);

  send(treasury, at.BTSc, "transfer(address,uint256)", payer, 100_000n * COIN);
  send(payer, at.BTSc, "approve(address,uint256)", at.Membership, 100_000n * COIN);
  send(payer, at.BTSc, "approve(address,uint256)", at.Staking, 100_000n * COIN);

  // An extension, an upgrade with credit, a gift, and another tier queued behind it.
  pay(payer, payer, NORMAL, 2);
  pay(payer, payer, PRO, 1);
  pay(payer, beneficiary, PRO, 1);
  pay(payer, beneficiary, NORMAL, 1);
  send(payer, at.Membership, "cancel(uint256)", 2n ** 256n - 1n);

  // A mandate of the treasury's own, which it submits itself, and ends.
  const nonce = 7;
  const caps = [10n * COIN, 40n * COIN];
  const mandate = [treasury, treasury, NORMAL, 2, ...caps, nonce, FOREVER, FOREVER];
  send(treasury, at.BTSc, "approve(address,uint256)", at.Membership, 80n * COIN);
  send(treasury, at.Membership, `openMandate(${MANDATE},bytes)`, `(${mandate.join(",")})`, "0x");
  send(treasury, at.Membership, "cancel(uint256)", nonce);

  send(payer, at.Staking, "stake(uint256)", 1_000n * COIN);
  await wait(DAY);
  send(payer, at.Staking, "stake(uint256)", 7n);
  send(payer, at.Staking, "requestUnstake(uint256)", 400n * COIN);
  await wait(14 * DAY);
  send(payer, at.Staking, "withdraw(uint32,address)", 0, beneficiary);

  const due = 5n * COIN;
  const publish = (root, uri) =>
    send(holder("publisher"), at.RewardPool, "publish(bytes32,uint256,bytes32,string)", root, due, NONE, uri);
  publish(NONE, "");
  send(holder("vetoer"), at.RewardPool, "veto()");
  await wait(2 * DAY);
  publish(call(at.RewardPool, "leafOf(address,uint256)(bytes32)", payer, due), "https://example.org/a file, über 31 bytes long");
  await wait(2 * DAY);
  send(payer, at.RewardPool, "claim(address,uint256,bytes32[])", beneficiary, due, "[]");

  const AI = 0;
  send(holder("spender"), at.OperationPool, "spend(uint8,address,uint256)", AI, beneficiary, COIN);
  send(payer, at.StakingPool, "release()");
  send(payer, at.Staking, "fund()");
  await wait(DAY);
  send(payer, at.Staking, "claim(address)", beneficiary);
  send(holder("poster"), at.ReferencePrice, "post(uint256)", (21n * COIN) / 10n);
  for (const paused of [at.Membership, at.Staking]) send(holder("guardian"), paused, "pause()");

  // What parameters may do, and a change of who may do what: announced and then done. Retiring is the last of it.
  const mistaken = create(url, treasury, "test/mocks/PlainToken.sol:PlainToken", treasury, 1_000);
  const sweeping = [at.Membership, at.RewardPool, at.OperationPool, at.Staking, at.StakingPool];
  for (const contract of sweeping) send(treasury, mistaken, "transfer(address,uint256)", contract, 3);
  const gates = [at.Membership, at.Staking];
  const announced = [
    ...gates.map((gate) => [gate, "unpause()"]),
    ...sweeping.map((contract) => [contract, "sweep(address,address)", mistaken, payer]),
    ...gates.map((gate) => [gate, "retire()"]),
  ];
  const parameters = holder("parameters");
  for (const [contract, ...call] of announced) {
    send(parameters, at.AccessManager, "schedule(address,bytes,uint48)", contract, calldata(...call), 0);
  }
  const label = calldata("labelRole(uint64,string)", 1, "PARAMETERS");
  const plan = [at.AccessManager, 0, label, NONE, `0x${"01".repeat(32)}`];
  const proposer = holder("proposers");
  send(proposer, at.TimelockController, "schedule(address,uint256,bytes,bytes32,bytes32,uint256)", ...plan, 2 * DAY);
  await wait(2 * DAY);
  for (const [contract, ...call] of announced) send(parameters, contract, ...call);
  send(holder("executors"), at.TimelockController, "execute(address,uint256,bytes,bytes32,bytes32)", ...plan);

  // Pro is over, and the stake accrues no more.
  await wait(30 * DAY);
  send(payer, at.Staking, "poke(address)", payer);
}

/** The first logs of each event of each contract, in order. */
async function collect(url, names) {
  const logs = await rpc(url, "eth_getLogs", { fromBlock: "0x0", toBlock: "latest", address: Object.keys(names) });
  const kinds = new Map();
  const kept = logs.filter(({ address, topics: [topic0] }) => {
    const kind = `${address} ${topic0}`;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    return kinds.get(kind) <= LOGS_PER_EVENT_MAX;
  });
  return { logs: kept.map(({ address, topics, data }) => ({ address, topics, data })), kinds: new Set(kinds.keys()) };
}

/** Contract.event for each event that was not logged, going by bindings/abi. */
function unseen(at, kinds) {
  const directory = path.join(ROOT, "bindings", "abi");
  const canonical = ({ type, components }) =>
    components ? type.replace("tuple", `(${components.map(canonical).join(",")})`) : type;
  return readdirSync(directory).flatMap((file) => {
    const name = path.basename(file, ".json");
    const events = JSON.parse(readFileSync(path.join(directory, file), "utf8")).filter(({ type }) => type === "event");
    const signatures = events.map(({ name, inputs }) => `${name}(${inputs.map(canonical).join(",")})`);
    const missing = signatures.filter((text) => !kinds.has(`${at[name]} ${run("cast", ["sig-event", text])}`));
    return missing.map((text) => `${name}.${text}`);
  });
}

const { url, child } = await startAnvil();
try {
  await rpc(url, "anvil_setBlockTimestampInterval", 1);
  const accounts = await rpc(url, "eth_accounts");
  const deployed = Object.entries(deploy(url, accounts[0])).map(([name, address]) => [name, address.toLowerCase()]);
  const at = Object.fromEntries(deployed);
  await drive(url, at, accounts);
  const contracts = Object.fromEntries(deployed.map(([name, address]) => [address, name]));
  const { logs, kinds } = await collect(url, contracts);
  mkdirSync(path.dirname(LOGS), { recursive: true });
  writeFileSync(LOGS, `${JSON.stringify({ contracts, logs }, null, 2)}\n`);
  console.log(`${logs.length} logs of ${kinds.size} kinds of event in ${path.relative(ROOT, LOGS)}`);
  console.log(["never logged:", ...unseen(at, kinds)].join("\n  "));
} finally {
  child.kill();
}
