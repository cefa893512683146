#!/usr/bin/env node
// Runs every Solidity test under `forge coverage` and fails unless every line, branch and function of contracts/ was
// reached; what was not is named by file and line.
//
//   node scripts/coverage.mjs                  measures
//   node scripts/coverage.mjs --lcov FILE      only reads what was measured before
//
// forge 1.7.1 counts an `if` as a branch for each side that has statements; it does not count `? :`, `&&` and `||`.
// Whether their sides make a difference to any test is what mutation testing says (scripts/mutate.mjs).
import { readFileSync } from "node:fs";
import path from "node:path";
import { ROOT, ToolError, command, forge, mkdir, options, run } from "./lib/tools.mjs";

const LCOV = "target/coverage/lcov.info";

async function measure() {
  mkdir(path.dirname(LCOV));
  const { status, output } = await run(forge(), ["coverage", "--report", "lcov", "--report-file", LCOV, "--exclude-tests"]);
  if (status === 0) return;
  const failures = output.slice(output.lastIndexOf("\nFailing tests:")).trim();
  throw new ToolError(`${failures}\nforge coverage failed: see above`);
}

/** lcov text -> Map of file -> {lines, branches, functions}, each a list of {line, name, reached}. */
export function parse(text) {
  const files = new Map();
  let current;
  let starts;
  for (const record of text.split("\n")) {
    const [, kind, value] = record.match(/^([A-Z]+):(.*)$/) ?? [];
    if (kind === "SF") {
      current = { lines: [], branches: [], functions: [] };
      starts = new Map();
      files.set(value, current);
    } else if (kind === "DA") {
      const [line, hits] = value.split(",");
      current.lines.push({ line: Number(line), reached: hits !== "0" });
    } else if (kind === "BRDA") {
      const [line, block, branch, hits] = value.split(",");
      current.branches.push({ line: Number(line), name: `${block}.${branch}`, reached: hits !== "0" && hits !== "-" });
    } else if (kind === "FN") {
      const [line, name] = value.split(",");
      starts.set(name, Number(line));
    } else if (kind === "FNDA") {
      const [hits, name] = value.split(",");
      current.functions.push({ line: starts.get(name), name, reached: hits !== "0" });
    }
  }
  return files;
}

const KINDS = ["lines", "branches", "functions"];

function share(items) {
  const reached = items.filter((item) => item.reached).length;
  return `${items.length === 0 ? 100 : Math.floor((1000 * reached) / items.length) / 10} % (${reached}/${items.length})`;
}

command(async (args) => {
  const { lcov } = options(args, { lcov: String });
  if (!lcov) await measure();
  const files = parse(readFileSync(path.join(ROOT, lcov ?? LCOV), "utf8"));

  const missing = [];
  const all = { lines: [], branches: [], functions: [] };
  for (const [file, found] of files) {
    if (!file.startsWith("contracts/")) continue;
    for (const kind of KINDS) {
      all[kind].push(...found[kind]);
      for (const { line, name, reached } of found[kind]) {
        if (!reached) missing.push(`${file}:${line} ${kind.replace(/(?<=branch)es$|s$/, "")} ${name ?? ""}`.trim());
      }
    }
  }
  if (all.lines.length === 0) throw new ToolError("nothing of contracts/ is in the report");
  for (const line of missing) console.log(`not reached: ${line}`);
  const summary = KINDS.map((kind) => `${kind} ${share(all[kind])}`).join(", ");
  console.log(`coverage of contracts/: ${summary}`);
  if (missing.length > 0) throw new ToolError("coverage of contracts/ is below 100 %");
});
