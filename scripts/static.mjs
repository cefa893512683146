#!/usr/bin/env node
// Static analysis of contracts/: `slither` or `forge lint`, less what test/static/suppressions.json explains.
// Fails for a finding that is not suppressed, and for a suppression that suppresses nothing.
//
//   node scripts/static.mjs slither    needs slither: SLITHER, or the one in target/venv, or in the path
//   node scripts/static.mjs lint
//
// A suppression says tool, check, where ("Contract.function" for slither, the file and its line of code for forge; "*" for
// everywhere) and why.
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { ROOT, ToolError, command, forge, mkdir, run, which } from "./lib/tools.mjs";

const SUPPRESSIONS = "test/static/suppressions.json";

async function slither() {
  const out = "target/static/slither.json";
  mkdir("target/static");
  rmSync(path.join(ROOT, out), { force: true });
  const env = { PATH: `${path.dirname(forge())}:${process.env.PATH}` };
  const { output } = await run(process.env.SLITHER ?? which("slither"), [".", "--filter-paths", "node_modules|test|scripts", "--json", out], { env });
  let report;
  try {
    report = JSON.parse(readFileSync(path.join(ROOT, out), "utf8"));
  } catch {
    throw new ToolError(`${output.slice(-3000)}\nslither wrote no report`);
  }
  if (!report.success) throw new ToolError(`slither failed: ${report.error}`);
  return (report.results.detectors ?? []).map(({ check, impact, elements, description }) => {
    const element = elements.find(({ type }) => type === "function") ?? elements[0];
    const owner = element.type_specific_fields?.parent?.name;
    return {
      check,
      where: owner ? `${owner}.${element.name}` : element.name,
      text: `${impact} ${check}: ${description.trim().split("\n")[0]}`,
    };
  });
}

async function lint() {
  const { status, output } = await run(forge(), ["lint", "contracts", "--json"]);
  if (status !== 0) throw new ToolError(`${output.slice(-3000)}\nforge lint failed`);
  return output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line))
    .filter(({ code }) => code)
    .map(({ code, level, message, spans: [span] }) => {
      const source = span?.text[0]?.text.trim() ?? "";
      const where = `${span?.file_name}: ${source}`;
      return { check: code.code, where, text: `${level} ${code.code}: ${span?.file_name}:${span?.line_start} ${source} (${message})` };
    });
}

const TOOLS = { slither, lint };

command(async ([tool, ...rest]) => {
  if (!(tool in TOOLS) || rest.length > 0) throw new ToolError(`say ${Object.keys(TOOLS).join(" or ")}`);
  const findings = await TOOLS[tool]();
  const suppressions = JSON.parse(readFileSync(path.join(ROOT, SUPPRESSIONS), "utf8")).filter((entry) => entry.tool === tool);
  const covers = (entry, finding) => entry.check === finding.check && (entry.where === "*" || entry.where === finding.where);
  const left = findings.filter((finding) => !suppressions.some((entry) => covers(entry, finding)));
  const idle = suppressions.filter((entry) => !findings.some((finding) => covers(entry, finding)));
  for (const { text, where } of left) console.log(`${text}\n  at ${where}`);
  for (const { check, where } of idle) console.log(`suppresses nothing any more: ${check} at ${where}`);
  console.log(`${tool}: ${left.length} findings left, ${findings.length - left.length} suppressed by ${suppressions.length} reasons`);
  if (left.length + idle.length > 0) throw new ToolError(`repair them, or explain them in ${SUPPRESSIONS}`);
});
