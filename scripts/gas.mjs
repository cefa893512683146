#!/usr/bin/env node
// Writes snapshots/ and the tables of docs/gas.md: gas of whole transactions (test/gas), contract sizes, storage layouts.
//
//   node scripts/gas.mjs           writes what differs and removes what is superfluous
//   node scripts/gas.mjs --check   writes nothing; exits 1 and names every file that is not in step
//
// Sizes and layouts come from what is in out/: `forge build` comes first. `make generate` does both.
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { ROOT, ToolError, command, deployables, filesBelow, forge, options, run, synchronise } from "./lib/tools.mjs";

const DOCUMENT = "docs/gas.md";
const FRESH = "target/gas";

// What is compared with what: [group, sentence, aim of the issue, the best measured elsewhere]. Others' figures were
// measured with the same compiler settings and in whole transactions too.
const COMPARED = [
  ["Membership", "first Normal payment", undefined, "305,544 (Unlock V15, purchase)"],
  ["Membership", "first Normal payment with permit", undefined, undefined],
  ["Membership", "open a mandate with permit and pay the first period", 190_000, undefined],
  ["Membership", "extend Normal", undefined, "117,330 (Unlock V15)"],
  ["Membership", "renewal by a keeper", 100_000, "117,419 (Unlock V15)"],
  ["Staking", "stake first", 115_000, "129,370 (Pancake)"],
  ["Staking", "stake again", 80_000, "106,369 (Synthetix)"],
  ["Staking", "claim rewards", 70_000, "76,415 (Synthetix)"],
  ["Staking", "withdraw", 75_000, "92,926 (Pancake)"],
];

const thousands = (number) => String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
const json = (value) => `${JSON.stringify(value, null, 2)}\n`;

async function measure() {
  rmSync(path.join(ROOT, FRESH), { recursive: true, force: true });
  const { status, output } = await run(forge(), ["test", "--match-path", "test/gas/*", "--gas-snapshot-emit", "true"], {
    env: { FOUNDRY_SNAPSHOTS: FRESH },
  });
  if (status !== 0) throw new ToolError(`${output}\nthe gas tests failed`);
  const groups = new Map();
  for (const file of filesBelow(FRESH)) {
    const figures = JSON.parse(readFileSync(path.join(ROOT, file), "utf8"));
    groups.set(path.basename(file, ".json"), Object.fromEntries(Object.entries(figures).map(([k, v]) => [k, Number(v)])));
  }
  return groups;
}

function size({ artifact }) {
  const bytes = (code) => (code.object.length - 2) / 2;
  const runtime = bytes(artifact.deployedBytecode);
  return { runtime, left_of_24576: 24_576 - runtime, init: bytes(artifact.bytecode) };
}

/** Slots in order, structs written out, nothing in it that changes when an unrelated line does. */
function layout({ artifact }) {
  const { storage, types } = artifact.storageLayout;
  const entry = ({ label, offset, slot, type }) =>
    `slot ${slot}, byte ${offset}, ${types[type].numberOfBytes} long: ${label} (${types[type].label})`;
  const structs = Object.values(types ?? {})
    .filter(({ members }) => members)
    .map(({ label, members }) => [label, members.map(entry)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return { storage: storage.map(entry), structs: Object.fromEntries(structs) };
}

function comparison(groups) {
  const rows = COMPARED.map(([group, sentence, aim, others]) => {
    const ours = groups.get(group)?.[sentence];
    const verdict = aim === undefined ? "" : ours === undefined ? "" : ours <= aim ? "met" : `missed by ${thousands(ours - aim)}`;
    return [sentence, ours === undefined ? "not there yet" : thousands(ours), aim ? thousands(aim) : "", verdict, others ?? ""];
  });
  return table(["transaction", "ours", "aim", "", "best elsewhere"], rows);
}

function everything(groups) {
  return [...groups].map(([group, figures]) =>
    table([group, "gas"], Object.entries(figures).map(([sentence, gas]) => [sentence, thousands(gas)]))).join("\n");
}

function sizes(contracts) {
  return table(
    ["contract", "runtime (bytes)", "left of 24,576", "init code"],
    contracts.map((contract) => [contract.name, ...Object.values(size(contract)).map(thousands)]),
  );
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |\n`;
  return line(head) + line(head.map(() => "---")) + rows.map(line).join("");
}

/** The document with what stands between `<!-- name -->` and `<!-- /name -->` replaced. */
function fill(text, parts) {
  for (const [name, content] of Object.entries(parts)) {
    const pattern = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
    if (!pattern.test(text)) throw new ToolError(`${DOCUMENT} has no place for ${name}`);
    text = text.replace(pattern, (_, begin, end) => `${begin}\n${content}\n${end}`);
  }
  return text;
}

command(async (args) => {
  const { check = false } = options(args, { check: Boolean });
  if (!existsSync(path.join(ROOT, DOCUMENT))) throw new ToolError(`${DOCUMENT} is missing`);
  const groups = await measure();
  const contracts = deployables();

  const expected = new Map();
  for (const [group, figures] of groups) expected.set(`snapshots/${group}.json`, json(figures));
  expected.set("snapshots/sizes.json", json(Object.fromEntries(contracts.map((contract) => [contract.name, size(contract)]))));
  for (const contract of contracts) expected.set(`snapshots/layout/${contract.name}.json`, json(layout(contract)));
  const document = readFileSync(path.join(ROOT, DOCUMENT), "utf8");
  const parts = { comparison: comparison(groups), everything: everything(groups), sizes: sizes(contracts) };
  expected.set(DOCUMENT, fill(document, parts));
  synchronise(expected, filesBelow("snapshots"), check);
});
