#!/usr/bin/env node
// Proves, without any node or explorer, that a recorded deployment is this source: compiles it by the pinned solc, adds
// the recorded constructor arguments, and compares the CREATE2 address of that with the recorded address. (That there is
// code at the address, and who has power over it, is what scripts/Audit.s.sol says.)
//
//   node scripts/verify.mjs --chain 56                      proves
//   node scripts/verify.mjs --chain 56 --input DIRECTORY    also writes the standard JSON input that explorers take
//   node scripts/verify.mjs --chain 56 --commands           prints the commands that send it to an explorer instead
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { ROOT, ToolError, command, mkdir, options } from "./lib/tools.mjs";

const FACTORY = "4e59b44847b379578588920ca78fbf26c0b4956c";

/** @returns {Array<{name, address, initCodeHash, constructorArguments}>} without what existed before: it has no hash */
function readRecord(chain) {
  const file = `scripts/deployments/${chain}.json`;
  if (!existsSync(path.join(ROOT, file))) throw new ToolError(`${file} is missing: nothing was deployed there`);
  const { salt, contracts } = JSON.parse(readFileSync(path.join(ROOT, file), "utf8"));
  const created = Object.entries(contracts).filter(([, { initCodeHash }]) => !/^0x0*$/.test(initCodeHash));
  return { salt, created: created.map(([name, entry]) => ({ name, ...entry })) };
}

/** What `forge build` knows of a contract, for the paths of its sources and the settings. */
function readMetadata(name) {
  const file = `out/${name}.sol/${name}.json`;
  if (!existsSync(path.join(ROOT, file))) throw new ToolError(`${file} is missing: run \`forge build\` first`);
  return JSON.parse(readFileSync(path.join(ROOT, file), "utf8")).metadata;
}

function standardInput(metadatas) {
  const { compilationTarget, ...settings } = metadatas[0].settings;
  const names = metadatas.flatMap(({ sources }) => Object.keys(sources));
  const read = (name) => ({ content: readFileSync(path.join(ROOT, name), "utf8") });
  const sources = Object.fromEntries(names.map((name) => [name, read(name)]));
  return {
    language: "Solidity",
    sources,
    settings: { ...settings, outputSelection: { "*": { "*": ["evm.bytecode.object"] } } },
  };
}

function compile(input) {
  const solc = createRequire(import.meta.url)("solc");
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new ToolError(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
  return output.contracts;
}

function prove(chain, { salt, created }, metadatas) {
  const require = createRequire(import.meta.url);
  const keccak = (hex) => createRequire(require.resolve("solc"))("js-sha3").keccak256(Buffer.from(hex, "hex"));
  const contracts = compile(standardInput(metadatas));
  for (const [i, { name, address, initCodeHash, constructorArguments }] of created.entries()) {
    const [[file]] = Object.entries(metadatas[i].settings.compilationTarget);
    const code = contracts[file][name].evm.bytecode.object;
    const hash = keccak(code + constructorArguments.slice(2));
    const expected = keccak(`ff${FACTORY}${salt.slice(2)}${hash}`).slice(24);
    if (`0x${hash}` !== initCodeHash || `0x${expected}` !== address.toLowerCase()) {
      throw new ToolError(`${name} at ${address} is not this source: with its arguments it would be at 0x${expected}`);
    }
    console.log(`ok: ${name} at ${address} is ${file} with the recorded arguments`);
  }
  if (created.length === 0) throw new ToolError(`nothing of chain ${chain} was created by this repository`);
}

command(async (args) => {
  const { chain, commands, input } = options(args, { chain: Number, commands: Boolean, input: String });
  if (!chain) throw new ToolError("which chain? --chain <id>");
  const record = readRecord(chain);
  const metadatas = record.created.map(({ name }) => readMetadata(name));
  if (commands) {
    for (const [i, { name, address, constructorArguments }] of record.created.entries()) {
      const [file] = Object.keys(metadatas[i].settings.compilationTarget);
      const verify = `forge verify-contract --chain ${chain} --watch --constructor-args ${constructorArguments}`;
      console.log(`${verify} ${address} ${file}:${name}`);
    }
    return;
  }
  prove(chain, record, metadatas);
  if (!input) return;
  mkdir(input);
  for (const [i, { name, constructorArguments }] of record.created.entries()) {
    const file = path.join(input, `${name}.json`);
    writeFileSync(path.resolve(ROOT, file), JSON.stringify(standardInput([metadatas[i]])));
    const { version } = metadatas[i].compiler;
    console.log(`${file}, compiler ${version}, constructor arguments ${constructorArguments.slice(2)}`);
  }
});
