#!/usr/bin/env node
// Rehearses a deployment against a real node: begun and killed, resumed, run again, audited, confirmed days later, its
// Membership succeeded, a power altered and found out. test/DeployResume.t.sol and test/Audit.t.sol show each case; this
// shows that the commands work.
//
//   node scripts/check-audit.mjs
import { spawn } from "node:child_process";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSocket } from "node:net";
import path from "node:path";
import { ROOT, ToolError, command, environment, forge, mkdir, run } from "./lib/tools.mjs";

// A chain and a configuration of its own, so that a development stack can run beside it.
const CHAIN = 31338;
const NETWORK = "rehearsal";
const CONFIGURATION = path.join(ROOT, `scripts/config/${NETWORK}.toml`);
const RECORD = path.join(ROOT, `scripts/deployments/${CHAIN}.json`);
const SUCCESSOR = RECORD.replace(".json", ".successor.json");
const DEPLOYER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const SOMEBODY = "0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f";
const CREATIONS_BEFORE_DEATH = 5;
const FIVE_DAYS_S = 5 * 24 * 60 * 60;
const RANGE_MAX = 4;

function expect(holds, what, output = "") {
  if (!holds) throw new ToolError(`${output}\nnot so: ${what}`.trim());
  console.log(`ok: ${what}`);
}

const freePort = () =>
  new Promise((resolve) => {
    const socket = createSocket().listen(0, "127.0.0.1", () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });

async function rpc(url, method, ...params) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  const { result, error } = await response.json();
  if (error) throw new ToolError(`${method}: ${error.message}`);
  return result;
}

async function until(what, timeout_s, condition) {
  for (let left = timeout_s * 20; left > 0; --left) {
    if (await condition().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new ToolError(`waited ${timeout_s} s in vain until ${what}`);
}

async function startNode() {
  const port = await freePort();
  const binary = forge().replaceAll("forge-", "anvil-").replace(/forge$/, "anvil");
  const args = ["--port", port, "--chain-id", CHAIN, "--silent", "--prune-history"].map(String);
  const child = spawn(binary, args, { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  await until("anvil answers", 20, () => rpc(url, "eth_chainId"));
  return { child, url };
}

/** A node that refuses ranges longer than RANGE_MAX blocks, as public ones do, in front of `url`. */
async function startStingyNode(url) {
  let refused = 0;
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { id, method, params } = JSON.parse(body);
    response.setHeader("content-type", "application/json");
    if (method === "eth_getLogs" && params[0].toBlock - params[0].fromBlock >= RANGE_MAX) {
      ++refused;
      const error = { code: -32005, message: "block range is too large" };
      response.end(JSON.stringify({ jsonrpc: "2.0", id, error }));
      return;
    }
    const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
    response.end(await answer.text());
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${server.address().port}`, refused: () => refused };
}

function script(file, signature, url, ...more) {
  const common = ["--rpc-url", url, "--slow", "--non-interactive", "--no-proxy"];
  return ["script", `scripts/${file}.s.sol`, "--sig", signature, ...common, ...more, NETWORK];
}

const ENVIRONMENT = { FOUNDRY_BROADCAST: path.join(ROOT, "target/check-audit/broadcast"), NO_COLOR: "1" };

const deployment = (url, sender) => script("Deploy", "run(string)", url, "--broadcast", "--unlocked", "--sender", sender);
const forged = (args) => run(forge(), args, { env: ENVIRONMENT });
const deploy = (url, sender = DEPLOYER) => forged(deployment(url, sender));
const dryRun = (url) => forged(script("Deploy", "run(string)", url, "--sender", DEPLOYER));
const audit = (url, signature = "run(string)") => forged(script("Audit", signature, url));

/** Kills a run that waits for the receipt of the transaction after the fifth. */
async function dieInTheMiddle(url) {
  await rpc(url, "evm_setAutomine", false);
  const child = spawn(forge(), deployment(url, DEPLOYER), { cwd: ROOT, env: environment(ENVIRONMENT), stdio: "ignore" });
  const pending = async () => Number((await rpc(url, "txpool_status")).pending) === 1;
  try {
    for (let sent = 0; sent < CREATIONS_BEFORE_DEATH; ++sent) {
      await until("a transaction is sent", 300, pending);
      await rpc(url, "evm_mine");
    }
    await until("the next transaction is sent", 60, pending);
  } finally {
    child.kill("SIGKILL");
  }
  await rpc(url, "anvil_dropAllTransactions");
  await rpc(url, "evm_setAutomine", true);
}

const fails = ({ status, output }, why) => status !== 0 && output.includes(why);
const count = (output, pattern) => (output.match(pattern) ?? []).length;

async function rehearse(url) {
  // All parts but the FeedPoster, for which the local configuration has no feed.
  const plan = readFileSync(path.join(ROOT, "scripts/lib/Plan.sol"), "utf8");
  const total = count(plan, /return type\(\w+\)\.creationCode/g) - 1;

  let result = await dryRun(url);
  expect(result.status === 0, "a dry run passes", result.output);
  expect(count(result.output, /^ *create /gm) === total, `it would create ${total} contracts`, result.output);
  const estimated = Number(result.output.match(/in all (\d+) gas/)[1]);
  expect((await rpc(url, "eth_blockNumber")) === "0x0", "it sent nothing");

  await dieInTheMiddle(url);
  const died = await rpc(url, "eth_blockNumber");
  expect(Number(died) === CREATIONS_BEFORE_DEATH, `a run died after ${CREATIONS_BEFORE_DEATH} creations`);

  result = await deploy(url, SOMEBODY);
  expect(fails(result, "DeployerDiffers"), "somebody else can't resume it", result.output);
  renameSync(RECORD, `${RECORD}.aside`);
  result = await deploy(url);
  expect(fails(result, "RecordDiffers"), "nor anybody without the record", result.output);
  renameSync(`${RECORD}.aside`, RECORD);
  result = await deploy(url);
  expect(result.status === 0, "the deployer resumes it", result.output);
  expect(count(result.output, /^ *exists /gm) === CREATIONS_BEFORE_DEATH, "what was there is left", result.output);
  expect(count(result.output, /^ *create /gm) === total - CREATIONS_BEFORE_DEATH, "the rest is created", result.output);
  const record = JSON.parse(readFileSync(RECORD, "utf8"));
  expect(record.block === 0, "the record says the block before the first creation");
  expect((await gasUsed(url)) === estimated, `the dry run's ${estimated} gas was the price to the last unit`);

  const last = await rpc(url, "eth_blockNumber");
  result = await deploy(url);
  expect(result.status === 0 && result.output.includes("done    hand-over"), "it can be run again", result.output);
  expect((await rpc(url, "eth_blockNumber")) === last, "and sends nothing");

  result = await run(process.execPath, ["scripts/verify.mjs", "--chain", String(CHAIN)]);
  expect(count(result.output, /^ok: /gm) === total, "solc and the record alone give every address", result.output);
  result = await audit(url);
  expect(result.status === 0 && result.output.includes("as configured"), "the audit passes", result.output);
  const stingy = await startStingyNode(url);
  try {
    result = await audit(stingy.url);
    expect(result.status === 0, "on a node that limits ranges, too", result.output);
    expect(stingy.refused() > 0, "which refused some");
  } finally {
    stingy.server.close();
  }

  result = await audit(url, "confirm(string)");
  expect(fails(result, "comes into force only"), "confirm fails at once", result.output);
  await rpc(url, "evm_increaseTime", FIVE_DAYS_S);
  await rpc(url, "evm_mine");
  result = await audit(url, "confirm(string)");
  expect(result.status === 0 && result.output.includes("confirmed"), "and passes after five days", result.output);

  await succeed(url, record);

  // grantRole(uint64,address,uint32) of SPENDER to somebody, as the timelock may.
  const words = [4, SOMEBODY, 0].map((word) => BigInt(word).toString(16).padStart(64, "0"));
  const to = record.contracts.AccessManager.address;
  await send(url, record.contracts.TimelockController.address, to, `0x25c471a0${words.join("")}`);
  result = await audit(url);
  expect(result.status !== 0, "a power that was altered fails the audit", result.output);
  expect(result.output.includes(`SPENDER: ${SOMEBODY} will hold it from`), "and is named", result.output);
}

/** A new Membership: deployed by the script, then made the successor by the calls that it prints. */
async function succeed(url, record) {
  const before = record.contracts.Membership.address;
  configure((text) => text.replace('predecessor = ""', `predecessor = "${before}"`));
  let result = await deploy(url);
  expect(result.status === 0, "a successor is deployed", result.output);
  expect(count(result.output, /^ *create /gm) === 2, "with its lens and nothing else", result.output);
  const printed = /^ *\d\. (at once|(\d+) days): .*\n *from (0x\w+) to (0x\w+)\n *data (0x\w+)/gm;
  const calls = [...result.output.matchAll(printed)];
  expect(calls.length === 6, "and the calls are printed that make it one", result.output);
  result = await audit(url);
  expect(result.status !== 0, "before them it is no part of the deployment", result.output);
  for (const [, , days, from, to, data] of calls) {
    await rpc(url, "evm_increaseTime", Number(days ?? 0) * 24 * 60 * 60);
    await send(url, from, to, data);
  }
  renameSync(SUCCESSOR, RECORD);
  result = await audit(url);
  expect(result.status === 0, "after them the audit passes", result.output);
  expect(readFileSync(RECORD, "utf8").includes(before) === false, "for the successor");
}

async function send(url, from, to, data) {
  await rpc(url, "anvil_setBalance", from, "0xde0b6b3a7640000");
  await rpc(url, "anvil_impersonateAccount", from);
  const hash = await rpc(url, "eth_sendTransaction", { from, to, data });
  let receipt;
  await until("a transaction is mined", 10, async () => (receipt = await rpc(url, "eth_getTransactionReceipt", hash)));
  if (receipt.status !== "0x1") throw new ToolError(`refused: ${from} calls ${to} with ${data}`);
}

/** Writes what local.toml says, for this chain, and changed by `change`. */
function configure(change = (text) => text) {
  const local = readFileSync(path.join(ROOT, "scripts/config/local.toml"), "utf8");
  writeFileSync(CONFIGURATION, change(local.replace("chain_id = 31337", `chain_id = ${CHAIN}`)));
}

async function gasUsed(url) {
  let sum = 0;
  const last = Number(await rpc(url, "eth_blockNumber"));
  for (let block = 1; block <= last; ++block) {
    sum += Number((await rpc(url, "eth_getBlockByNumber", `0x${block.toString(16)}`, false)).gasUsed);
  }
  return sum;
}

command(async () => {
  mkdir("target/check-audit");
  const leftovers = [CONFIGURATION, RECORD, `${RECORD}.aside`, SUCCESSOR];
  const clean = () => leftovers.forEach((file) => rmSync(file, { force: true }));
  clean();
  const node = await startNode();
  try {
    configure();
    await rehearse(node.url);
  } finally {
    node.child.kill("SIGKILL");
    clean();
  }
});
