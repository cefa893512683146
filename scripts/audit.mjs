#!/usr/bin/env node
// Everything that proves the contracts and takes long, and one table of what came out. What it says is read from what the
// commands print; nothing is asserted here. Fails if a row fails, and a tool that is missing fails its row.
//
//   node scripts/audit.mjs                       all rows
//   node scripts/audit.mjs coverage symbolic     these
//   node scripts/audit.mjs --list                which there are
//
// halmos and slither are Python programs: they are installed into target/venv, at the versions below.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ROOT, ToolError, command, forge, mkdir, run, which } from "./lib/tools.mjs";

const LOGS = "target/audit";
const VENV = "target/venv";
const PYTHON_TOOLS = ["halmos==0.3.3", "cvc5==1.4.2", "slither-analyzer==0.11.6"];
const HEARTBEAT_S = 60;

const node = (script, ...args) => [process.execPath, `scripts/${script}`, ...args];
const last = (pattern) => (output) => output.match(new RegExp(`^${pattern}.*$`, "gm"))?.at(-1);

/** Name -> what it is, its command, what of the output goes into the table, and what it needs. */
const ROWS = {
  coverage: { what: "every line, branch and function reached", command: () => node("coverage.mjs"), result: last("coverage of") },
  depth: {
    what: "all tests with 10,000 fuzz runs, invariants 128 x 128",
    command: () => [forge(), "test"],
    env: { FOUNDRY_PROFILE: "ci" },
    result: last("Ran \\d+ test suites"),
  },
  symbolic: { what: "proofs for all inputs (halmos)", needs: "venv", command: () => node("symbolic.mjs"), result: last("symbolic:") },
  static: { what: "slither", needs: "venv", command: () => node("static.mjs", "slither"), result: last("slither:") },
  lint: { what: "forge lint", command: () => node("static.mjs", "lint"), result: last("lint:") },
  mutation: { what: "wrong versions that tests notice", command: () => node("mutate.mjs"), result: last("mutation:") },
  licences: {
    what: "licences and sources of Rust dependencies",
    needs: "cargo-deny",
    command: () => ["cargo", "deny", "--locked", "check", "licenses", "sources", "bans"],
    result: (output) => output.trim().split("\n").at(-1),
  },
  advisories: {
    what: "known vulnerabilities of Rust dependencies",
    needs: "cargo-deny",
    command: () => ["cargo", "deny", "--locked", "check", "advisories"],
    result: (output) => output.trim().split("\n").at(-1),
  },
};

/** @returns what is missing and how to get it, or nothing */
const NEEDS = {
  async venv() {
    const stamp = path.join(ROOT, VENV, "installed");
    const wanted = PYTHON_TOOLS.join("\n");
    if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return undefined;
    if (!which("python3", { optional: true })) return "python3 is missing: install Python 3.11 or later with its venv module";
    console.log(`installing ${PYTHON_TOOLS.join(", ")} into ${VENV}`);
    for (const step of [["python3", "-m", "venv", VENV], [`${VENV}/bin/pip`, "install", "--quiet", ...PYTHON_TOOLS]]) {
      const { status, output } = await run(step[0], step.slice(1));
      if (status !== 0) return `\`${step.join(" ")}\` failed: ${output.trim().split("\n").at(-1)}`;
    }
    writeFileSync(stamp, wanted);
  },
  async "cargo-deny"() {
    return which("cargo-deny", { optional: true }) ? undefined : "cargo-deny is missing: `cargo install --locked cargo-deny`";
  },
};

async function measure(name) {
  const { command: make, env = {}, result, needs } = ROWS[name];
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const missing = needs && (await NEEDS[needs]());
  if (missing) return { name, passed: false, result: missing, seconds: seconds() };

  const [program, ...args] = make();
  const heartbeat = setInterval(() => console.log(`${name}: ${seconds()} s`), HEARTBEAT_S * 1000);
  const venv = path.join(ROOT, VENV, "bin");
  const tools = { HALMOS: `${venv}/halmos`, SLITHER: `${venv}/slither` };
  const { status, output } = await run(program, args, { env: { ...tools, ...env }, show: name === "mutation" || name === "symbolic" });
  clearInterval(heartbeat);
  writeFileSync(path.join(ROOT, LOGS, `${name}.log`), output);
  const found = result(output.replaceAll("\r", ""));
  return { name, passed: status === 0, result: found ?? `see ${LOGS}/${name}.log`, seconds: seconds() };
}

const shown = (name) => {
  const { command: make, env = {} } = ROWS[name];
  const words = make().map((word) => path.basename(word) === "forge" ? "forge" : word === process.execPath ? "node" : word);
  return [...Object.entries(env).map(([key, value]) => `${key}=${value}`), ...words].join(" ");
};

function table(rows) {
  const head = "| row | what | command | passed | result | seconds |\n| --- | --- | --- | --- | --- | --- |\n";
  const line = ({ name, passed, result, seconds }) =>
    `| ${name} | ${ROWS[name].what} | \`${shown(name)}\` | ${passed ? "yes" : "NO"} | ${result.replaceAll("|", "\\|")} | ${seconds} |\n`;
  return head + rows.map(line).join("");
}

command(async (args) => {
  if (args.includes("--list")) {
    for (const [name, { what }] of Object.entries(ROWS)) console.log(`${name}: ${what}`);
    return;
  }
  const unknown = args.filter((name) => !(name in ROWS));
  if (unknown.length > 0) throw new ToolError(`no such row: ${unknown.join(", ")}; there are ${Object.keys(ROWS).join(", ")}`);
  mkdir(LOGS);
  const rows = [];
  for (const name of args.length > 0 ? args : Object.keys(ROWS)) {
    console.log(`${name}: ${shown(name)}`);
    const row = await measure(name);
    rows.push(row);
    console.log(`${name}: ${row.passed ? "passed" : "FAILED"} after ${row.seconds} s: ${row.result}`);
  }
  const text = table(rows);
  writeFileSync(path.join(ROOT, LOGS, "table.md"), text);
  console.log(`\n${text}`);
  const failed = rows.filter(({ passed }) => !passed);
  if (failed.length > 0) throw new ToolError(`failed: ${failed.map(({ name }) => name).join(", ")}; logs are in ${LOGS}/`);
});
