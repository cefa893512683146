#!/usr/bin/env node
// Mutation testing: makes small wrong versions of contracts/ (scripts/lib/mutants.mjs) and looks whether the tests notice.
// Fails when one survives that test/mutation/survivors.json does not explain.
//
//   node scripts/mutate.mjs [--contracts REGEX] [--sample N --seed S] [--workers N] [--list] [--fresh] [--keep-killed]
//
//   --contracts    only sources whose path matches
//   --sample       so many of them, chosen by --seed
//   --list         names them and ends
//   --fresh        forgets earlier results; else what was found for exactly these sources and tests is not run again
//   --keep-killed  takes what was killed before for killed, though tests changed since: for the loop of writing tests
//
// A mutant is compiled in this process and its bytecode put into the place of the original in a private copy of out/: tests
// deploy contracts by their artifacts (dynamic_test_linking), so that nothing else has to be compiled. All tests run, first
// with few fuzz runs (any filter of tests would cost forge more than it saves), then with the default profile; what tests
// inherit or inline (libraries, abstract contracts) is compiled by forge for that. Results: target/mutation/results.jsonl
// and survivors.md.
import { appendFileSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import path from "node:path";
import { apply, mutantsOf, sources } from "./lib/mutants.mjs";
import { ROOT, ToolError, command, deployables, filesBelow, forge, mkdir, options, run, sha256 } from "./lib/tools.mjs";

const solc = createRequire(import.meta.url)(path.join(ROOT, "node_modules/solc"));

const RESULTS = "target/mutation/results.jsonl";
const REPORT = "target/mutation/survivors.md";
const EXPLAINED = "test/mutation/survivors.json";
const TIME_MAX_S = { mutation: 120, default: 600 };

const at = (file) => path.join(ROOT, file);

/** What the result of a mutant depends on. */
function fingerprint() {
  const files = ["foundry.toml", "package-lock.json", "scripts/mutate.mjs", "scripts/lib/mutants.mjs"];
  for (const folder of ["contracts", "test", "scripts"]) files.push(...filesBelow(folder).filter((file) => file.endsWith(".sol")));
  return sha256(files.map((file) => `${file}\n${readFileSync(at(file), "utf8")}`).join("\n")).slice(0, 16);
}

/** A copy of the tree with a compiled state of its own. */
class Tree {
  constructor(name) {
    this.path = `target/mutation/${name}`;
    rmSync(at(this.path), { recursive: true, force: true });
    mkdir(this.path);
    for (const part of ["contracts", "test", "scripts", "out", "cache"]) {
      cpSync(at(part), at(`${this.path}/${part}`), { recursive: true, filter: (file) => !/\/(e2e|abi-parity)(\/|$)/.test(file) });
    }
    for (const part of ["foundry.toml", "node_modules/@openzeppelin", "node_modules/@layerzerolabs"]) {
      cpSync(at(part), at(`${this.path}/${part}`), { recursive: true });
    }
  }

  write(file, content) {
    writeFileSync(at(`${this.path}/${file}`), content);
  }

  test(profile) {
    const env = { FOUNDRY_PROFILE: profile };
    return run(forge(), ["test", "--fail-fast", "-j", "1"], { cwd: at(this.path), env, timeout_s: TIME_MAX_S[profile] });
  }
}

/** Compiles the deployable contracts that a source goes into, as forge did, but for the hash of the sources. */
class Compiler {
  constructor() {
    this.contracts = deployables();
    this.originals = new Map();
  }

  affected(file) {
    return this.contracts.filter(({ artifact }) => file in artifact.metadata.sources);
  }

  /** @returns {{init: string, runtime: string} | undefined} nothing if it does not compile */
  compile({ name, source, artifact }, file, mutated) {
    const { compilationTarget: _, ...settings } = artifact.metadata.settings;
    const content = (name) => (name === file ? mutated.toString() : readFileSync(at(name), "utf8"));
    const input = {
      language: "Solidity",
      sources: Object.fromEntries(Object.keys(artifact.metadata.sources).map((name) => [name, { content: content(name) }])),
      settings: {
        ...settings,
        metadata: { appendCBOR: false, bytecodeHash: "none" },
        outputSelection: { [source]: { [name]: ["evm.bytecode.object", "evm.deployedBytecode.object"] } },
      },
    };
    const { errors = [], contracts } = JSON.parse(solc.compile(JSON.stringify(input)));
    if (errors.some(({ severity }) => severity === "error")) return undefined;
    const { bytecode, deployedBytecode } = contracts[source][name].evm;
    return { init: `0x${bytecode.object}`, runtime: `0x${deployedBytecode.object}` };
  }

  original(contract) {
    if (!this.originals.has(contract.name)) this.originals.set(contract.name, this.compile(contract));
    return this.originals.get(contract.name);
  }
}

/** One lane: a tree whose artifacts are exchanged, and one whose sources are, made when it is first needed. */
class Lane {
  constructor(number, compiler) {
    this.number = number;
    this.compiler = compiler;
    this.artifacts = new Tree(`artifacts-${number}`);
  }

  async judge(mutant) {
    const mutated = apply(mutant);
    const changed = [];
    for (const contract of this.compiler.affected(mutant.file)) {
      const code = this.compiler.compile(contract, mutant.file, mutated);
      if (!code) return { status: "invalid" };
      if (code.init !== this.compiler.original(contract).init) changed.push({ contract, code });
    }
    const inlined = isInlined(mutant.file);
    if (changed.length === 0 && !inlined) return { status: "equivalent" };

    for (const { contract, code } of changed) this.exchange(contract, code);
    try {
      const profiles = [...(changed.length > 0 ? ["mutation"] : []), ...(inlined ? [] : ["default"])];
      for (const profile of profiles) {
        const verdict = judgement(await this.artifacts.test(profile));
        if (verdict) return verdict;
      }
    } finally {
      for (const { contract } of changed) this.exchange(contract);
    }
    return inlined ? await this.judgeBySource(mutant, mutated) : { status: "survived" };
  }

  /** Puts other code into the artifact, or the original back. */
  exchange({ name, artifact }, code) {
    const text = code
      ? { ...artifact, bytecode: { ...artifact.bytecode, object: code.init }, deployedBytecode: { ...artifact.deployedBytecode, object: code.runtime } }
      : artifact;
    this.artifacts.write(`out/${name}.sol/${name}.json`, JSON.stringify(text));
  }

  async judgeBySource(mutant, mutated) {
    this.sources ??= new Tree(`sources-${this.number}`);
    this.sources.write(mutant.file, mutated);
    try {
      for (const profile of ["mutation", "default"]) {
        const verdict = judgement(await this.sources.test(profile));
        if (verdict) return verdict;
      }
      return { status: "survived" };
    } finally {
      this.sources.write(mutant.file, readFileSync(at(mutant.file)));
    }
  }
}

/** @returns a verdict, or nothing when all tests passed */
function judgement({ status, output, timedOut }) {
  if (timedOut) return { status: "killed", by: "time limit" };
  if (/Compiler run failed|Compilation failed/.test(output)) return { status: "invalid" };
  // An invariant's name comes after the calls that broke it.
  const [, by] = output.match(/^\[FAIL.*\] (\w+)\(/m) ?? output.match(/^\[FAIL[^]*?^ (\w+)\(\) \(runs/m) ?? [];
  if (status !== 0 && !by) throw new ToolError(`forge test failed without a failing test:\n${output.slice(-3000)}`);
  return by && { status: "killed", by };
}

const testSources = [...filesBelow("test"), ...filesBelow("scripts")].filter((file) => file.endsWith(".sol")).map((file) => readFileSync(at(file), "utf8"));

/** Whether tests may hold a copy of the code: they inherit from it, or call a library's internal functions. */
function isInlined(file) {
  const name = path.basename(file, ".sol");
  if (file.startsWith("contracts/libraries/")) return testSources.some((text) => new RegExp(`import [^;]*\\b${name}\\b`).test(text));
  return testSources.some((text) => new RegExp(`\\bis\\b[^{;]*\\b${name}\\b[^{;]*\\{`).test(text));
}

function remembered(tree, { fresh, keepKilled }) {
  if (fresh || !existsSync(at(RESULTS))) return new Map();
  const lines = readFileSync(at(RESULTS), "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
  return new Map(lines.filter((line) => line.tree === tree || (keepKilled && line.status === "killed")).map((line) => [line.id, line]));
}

/** Chooses `count` of `items`, the same for the same seed. */
function sample(items, count, seed) {
  const rank = ({ id }) => sha256(`${seed}|${id}`);
  const chosen = new Set(items.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1)).slice(0, count));
  return items.filter((item) => chosen.has(item));
}

async function campaign(mutants, tree, { fresh, keepKilled, workers }) {
  if (fresh) rmSync(at(RESULTS), { force: true });
  mkdir(path.dirname(RESULTS));
  const results = remembered(tree, { fresh, keepKilled });
  const open = mutants.filter(({ id }) => !results.has(id));
  console.log(`${mutants.length} mutants, ${mutants.length - open.length} of them known from before`);
  if (open.length === 0) return results;

  const { status, output } = await run(forge(), ["build"]);
  if (status !== 0) throw new ToolError(output);
  const baseline = await run(forge(), ["test"]);
  if (baseline.status !== 0) throw new ToolError(`${baseline.output.slice(-3000)}\nthe tests must pass before any mutant is judged`);

  const compiler = new Compiler();
  const started = Date.now();
  const queue = [...open];
  let done = 0;
  async function lane(number) {
    const worker = new Lane(number, compiler);
    for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
      const begun = Date.now();
      const result = { id: mutant.id, tree, ...(await worker.judge(mutant)), ms: Date.now() - begun };
      results.set(mutant.id, result);
      appendFileSync(at(RESULTS), `${JSON.stringify(result)}\n`);
      done += 1;
      if (result.status === "survived") console.log(`survived ${describe(mutant)}`);
      if (done % 25 === 0) {
        const each = (Date.now() - started) / done / 1000;
        console.log(`${done} of ${open.length}, ${each.toFixed(1)} s each, ${Math.ceil((each * (open.length - done)) / 60)} min left`);
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(workers, open.length) }, (_, number) => lane(number)));
  return results;
}

const describe = (mutant) => `${mutant.id} ${mutant.file}:${mutant.line} ${mutant.place}, ${mutant.operator}: ${mutant.from} => ${mutant.to || "(nothing)"}`;

/** What was changed, as a diff of the lines. */
function diff(mutant) {
  const lines = (text, start, length) => {
    const first = text.lastIndexOf("\n", start - 1) + 1;
    const last = text.indexOf("\n", start + length);
    return text.subarray(first, last === -1 ? undefined : last).toString().split("\n");
  };
  const before = lines(readFileSync(at(mutant.file)), mutant.start, mutant.length);
  const after = lines(apply(mutant), mutant.start, Buffer.byteLength(mutant.replacement));
  return ["```diff", ...before.map((line) => `-${line}`), ...after.map((line) => `+${line}`), "```"].join("\n");
}

function report(survivors, explained) {
  const entry = (mutant) => `## ${mutant.id} ${mutant.file}:${mutant.line}\n${mutant.place}, ${mutant.operator}\n${diff(mutant)}\n${explained.get(mutant.id)?.why ?? "Not explained."}\n`;
  writeFileSync(at(REPORT), `# Mutants that survived\n\n${survivors.map(entry).join("\n")}`);
}

command(async (args) => {
  const chosen = options(args, {
    contracts: String, sample: Number, seed: String, workers: Number, list: Boolean, fresh: Boolean, "keep-killed": Boolean,
  });
  const all = mutantsOf(sources());
  let mutants = all.filter(({ file }) => !chosen.contracts || new RegExp(chosen.contracts).test(file));
  if (chosen.sample) mutants = sample(mutants, chosen.sample, chosen.seed ?? "0");
  if (chosen.list) {
    for (const mutant of mutants) console.log(describe(mutant));
    return;
  }

  const explained = new Map(JSON.parse(existsSync(at(EXPLAINED)) ? readFileSync(at(EXPLAINED), "utf8") : "[]").map((entry) => [entry.id, entry]));
  const results = await campaign(mutants, fingerprint(), {
    fresh: chosen.fresh,
    keepKilled: chosen["keep-killed"],
    workers: chosen.workers ?? availableParallelism(),
  });

  const having = (status) => mutants.filter(({ id }) => results.get(id).status === status);
  const [killed, survived] = [having("killed"), having("survived")];
  const unexplained = survived.filter(({ id }) => !explained.has(id));
  report(survived, explained);
  for (const mutant of unexplained) console.log(`not explained: ${describe(mutant)}`);
  const stale = [...explained.keys()].filter((id) => !all.some((mutant) => mutant.id === id) || results.get(id)?.status === "killed");
  for (const id of stale) console.log(`explains nothing any more: ${id} ${explained.get(id).mutant}`);
  const score = Math.floor((1000 * killed.length) / (killed.length + survived.length)) / 10;
  console.log(
    `mutation: ${killed.length} of ${killed.length + survived.length} killed (${score} %), ${survived.length - unexplained.length} survivors explained, ` +
      `${unexplained.length} not; ${having("invalid").length} did not compile, ${having("equivalent").length} compile to the same code`,
  );
  if (unexplained.length > 0 || stale.length > 0) throw new ToolError(`see ${REPORT}; explain what is equivalent in ${EXPLAINED}`);
});
