#!/usr/bin/env node
// Proves the functions `check_*` of test/symbolic/ for all inputs. Needs halmos, with cvc5 beside it: HALMOS, or the one in the
// path.
//
//   node scripts/symbolic.mjs [--match REGEX]
//
// A proof that the solver does not end counts as failed.
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { ROOT, ToolError, command, filesBelow, forge, mkdir, options, run, which } from "./lib/tools.mjs";

const REPORT = "target/halmos/report.json";
const ASSERTION_TIME_MAX_S = 600;

command(async (args) => {
  const { match } = options(args, { match: String });
  mkdir(path.dirname(REPORT));
  rmSync(path.join(ROOT, REPORT), { force: true });
  const env = { FOUNDRY_PROFILE: "halmos", PATH: `${path.dirname(forge())}:${process.env.PATH}` };
  const halmos = process.env.HALMOS ?? which("halmos");
  const { output } = await run(
    halmos,
    [
      "--forge-build-out", "target/halmos/out",
      "--match-contract", match ?? "Check$",
      "--solver-command", `${path.join(path.dirname(halmos), "python")} test/symbolic/solver.py`,
      "--solver-timeout-assertion", `${ASSERTION_TIME_MAX_S}s`,
      "--no-status",
      "--json-output", REPORT,
    ],
    { env, show: true },
  );
  let report;
  try {
    report = JSON.parse(readFileSync(path.join(ROOT, REPORT), "utf8"));
  } catch {
    throw new ToolError(`${output.slice(-3000)}\nhalmos wrote no report`);
  }
  const proofs = Object.values(report.test_results).flat();
  const passed = proofs.filter(({ exitcode }) => exitcode === 0);
  // What does not compile or is not found must not be missing from the count.
  const written = filesBelow("test/symbolic")
    .map((file) => [...readFileSync(path.join(ROOT, file), "utf8").matchAll(/^ {4}function check_\w+/gm)].length)
    .reduce((sum, count) => sum + count, 0);
  const total = match ? proofs.length : written;
  console.log(`symbolic: ${passed.length} of ${total} proofs passed`);
  if (total === 0 || passed.length !== total) throw new ToolError("not everything is proved");
});
