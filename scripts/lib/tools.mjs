// What the scripts that prove and measure share: where things are, how a command is run, how generated files are compared.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..");

/** What a person can do something about; its message is all that is printed. */
export class ToolError extends Error {}

/** The native forge: the launcher that npm offers returns 0 when the command fails. */
export function forge() {
  const packages = path.join(ROOT, "node_modules/@foundry-rs");
  const names = existsSync(packages) ? readdirSync(packages).filter((name) => name.startsWith("forge-")) : [];
  if (names.length === 0) throw new ToolError("forge is missing: run `make setup`");
  return path.join(packages, names[0], "bin/forge");
}

/** The environment that forge needs: the pinned compiler, unless another one was chosen. */
export function environment(extra = {}) {
  return { FOUNDRY_SOLC: path.join(ROOT, "scripts/solc"), ...process.env, ...extra };
}

/** Runs a command to its end. @returns {{status: number | null, output: string}} both streams together */
export function run(command, args, { cwd = ROOT, env = {}, show = false, timeout_s, input } = {}) {
  return new Promise((resolve, reject) => {
    // A group of its own, so that a time limit reaches what it started too.
    const child = spawn(command, args, { cwd, env: environment(env), detached: true, stdio: ["pipe", "pipe", "pipe"] });
    let output = "";
    let timedOut = false;
    const timer =
      timeout_s &&
      setTimeout(() => {
        timedOut = true;
        killGroup(child);
      }, timeout_s * 1000);
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        output += text;
        if (show) process.stdout.write(text);
      });
    }
    child.stdin.on("error", () => {}); // it may end without reading
    child.stdin.end(input ?? "");
    child.on("error", (error) => (error.code === "ENOENT" ? reject(new ToolError(`${command} is missing`)) : reject(error)));
    child.on("close", (status) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ status, output, timedOut });
    });
  });
}

const running = new Set();

function killGroup(child) {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    for (const child of running) killGroup(child);
    process.exit(130);
  });
}

/** Makes a directory below the root. */
export function mkdir(directory) {
  mkdirSync(path.join(ROOT, directory), { recursive: true });
}

/** Every file below `directory`, as sorted paths relative to the root. */
export function filesBelow(directory) {
  const absolute = path.join(ROOT, directory);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

/** The deployable contracts of contracts/: [{name, source, artifact}], from what `forge build` left in out/. */
export function deployables() {
  return filesBelow("contracts")
    .filter((file) => file.endsWith(".sol") && !/^contracts\/(interfaces|libraries)\//.test(file))
    .map((source) => ({ name: path.basename(source, ".sol"), source }))
    .map((contract) => ({ ...contract, artifact: readArtifact(contract) }))
    .filter(({ artifact }) => artifact.bytecode.object !== "0x");
}

function readArtifact({ name, source }) {
  const file = `out/${name}.sol/${name}.json`;
  if (!existsSync(path.join(ROOT, file))) throw new ToolError(`${file} is missing: run \`forge build\` first`);
  const artifact = JSON.parse(readFileSync(path.join(ROOT, file), "utf8"));
  // A mock or an older layout may leave an artifact of the same name behind.
  if (artifact.metadata?.settings?.compilationTarget?.[source] !== name) {
    throw new ToolError(`${file} was not compiled from ${source}: run \`forge build --force\``);
  }
  return artifact;
}

/** Writes `expected` (path -> text) and removes what else `owned` lists; with `check` it only says what it would do. */
export function synchronise(expected, owned, check) {
  const differences = [];
  for (const [file, text] of expected) {
    const absolute = path.join(ROOT, file);
    const present = existsSync(absolute) ? readFileSync(absolute, "utf8") : undefined;
    if (present === text) continue;
    differences.push(`${file} ${present === undefined ? "is missing" : "differs"}`);
    if (check) continue;
    mkdirSync(path.dirname(absolute), { recursive: true });
    writeFileSync(absolute, text);
  }
  for (const file of owned.filter((name) => !expected.has(name))) {
    differences.push(`${file} is superfluous`);
    if (!check) rmSync(path.join(ROOT, file));
  }
  if (!check) {
    for (const difference of differences) console.log(difference.replace(/ (is missing|differs)$/, " written").replace("is superfluous", "removed"));
  } else if (differences.length > 0) {
    throw new ToolError(`${differences.join("\n")}\nrun \`make generate\` and commit it`);
  }
}

/** Runs `main` and turns a ToolError into one message and exit code 1. */
export async function command(main) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

/** `--name value` and `--flag` as an object; anything else is refused. */
export function options(args, known) {
  const found = {};
  for (let i = 0; i < args.length; ++i) {
    const name = args[i].replace(/^--/, "");
    if (!args[i].startsWith("--") || !(name in known)) {
      throw new ToolError(`unknown argument ${args[i]}: there are ${Object.keys(known).map((key) => `--${key}`).join(", ")}`);
    }
    found[name] = known[name] === Boolean ? true : known[name](args[++i]);
  }
  return found;
}

export const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** Where a program is in the path. */
export function which(program, { optional = false } = {}) {
  const { status, stdout } = spawnSync("sh", ["-c", 'command -v "$0"', program], { encoding: "utf8" });
  if (status !== 0 && !optional) throw new ToolError(`${program} is missing`);
  return status === 0 ? stdout.trim() : undefined;
}
