// Small wrong versions of contracts/, one change each, made from the compiler's syntax tree: what a test suite must notice.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { ROOT, ToolError, filesBelow, sha256 } from "./tools.mjs";

const require = createRequire(import.meta.url);

const RELATIONS = { "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"], "==": ["!="], "!=": ["=="] };
const ARITHMETIC = { "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["*"], "**": ["*"], "<<": [">>"], ">>": ["<<"] };
const BITWISE = { "&": ["|"], "|": ["&"], "^": ["&"] };
const LOGICAL = { "&&": ["||"], "||": ["&&"] };
const ASSIGNMENTS = { "+=": ["-="], "-=": ["+="], "*=": ["/="], "/=": ["*="], "|=": ["&="], "&=": ["|="] };
const ROUNDING = { Ceil: "Floor", Floor: "Ceil" };
const OPPOSITES = { min: "max", max: "min" };

/** Every source that is mutated: contracts/ without interfaces, which hold no statement. */
export function sources() {
  return filesBelow("contracts").filter((file) => file.endsWith(".sol") && !file.startsWith("contracts/interfaces/"));
}

/** The syntax trees of `files`, by file. */
function trees(files) {
  const solc = require(path.join(ROOT, "node_modules/solc"));
  const remapped = (file) => (file.startsWith("@openzeppelin/") ? `node_modules/${file}` : file);
  const content = (file) => readFileSync(path.join(ROOT, remapped(file)), "utf8");
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(files.map((file) => [file, { content: content(file) }])),
    settings: { evmVersion: "cancun", outputSelection: { "*": { "": ["ast"] } } },
  };
  const answer = JSON.parse(solc.compile(JSON.stringify(input), { import: (file) => ({ contents: content(file) }) }));
  const errors = (answer.errors ?? []).filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new ToolError(errors.map((error) => error.formattedMessage).join("\n"));
  return new Map(files.map((file) => [file, answer.sources[file].ast]));
}

/** All mutants of `files`, in the order of the source. */
export function mutantsOf(files) {
  return [...trees(files)].flatMap(([file, ast]) => new Mutator(file, ast).mutants());
}

class Mutator {
  constructor(file, ast) {
    this.file = file;
    this.ast = ast;
    this.bytes = readFileSync(path.join(ROOT, file)); // positions are bytes
    this.found = [];
    this.seen = new Map();
  }

  mutants() {
    this.walk(this.ast, []);
    return this.found.sort((a, b) => a.start - b.start);
  }

  walk(node, parents) {
    if (Array.isArray(node)) {
      for (const item of node) this.walk(item, parents);
    } else if (node && typeof node === "object") {
      if (node.nodeType) {
        if (["ImportDirective", "PragmaDirective", "UsingForDirective", "StructuredDocumentation"].includes(node.nodeType)) return;
        if (node.nodeType.endsWith("TypeName")) return;
        this[node.nodeType]?.(node, parents);
        parents = [...parents, node];
      }
      for (const [key, child] of Object.entries(node)) {
        if (key !== "typeDescriptions" && key !== "argumentTypes") this.walk(child, parents);
      }
    }
  }

  text(node) {
    const [start, length] = node.src.split(":").map(Number);
    return this.bytes.subarray(start, start + length).toString();
  }

  /** One mutant: `node`, and a semicolon behind it if asked for, becomes `to`. */
  add(operator, node, to, parents, { semicolon = false } = {}) {
    let [start, length] = node.src.split(":").map(Number);
    if (semicolon) {
      const end = this.bytes.indexOf(";", start + length);
      if (this.bytes.subarray(start + length, end).toString().trim() !== "") return;
      length = end + 1 - start;
    }
    this.put(operator, start, length, to, parents);
  }

  put(operator, start, length, to, parents) {
    const from = this.bytes.subarray(start, start + length).toString();
    const flat = (text) => text.replace(/\s+/g, " ").trim();
    const owner = parents.findLast(({ nodeType }) => ["FunctionDefinition", "ModifierDefinition"].includes(nodeType));
    const place = owner ? owner.name || owner.kind : parents.findLast(({ nodeType }) => nodeType === "ContractDefinition")?.name;
    const statement = parents.findLast(({ nodeType }) => /Statement$|^Return$|^VariableDeclaration$/.test(nodeType));
    // Named by what is changed and not by its line, so that an explanation outlives what moves it.
    const around = statement ? flat(this.text(statement)) : flat(from);
    const name = [this.file, place, operator, flat(from), flat(to), around.slice(0, 200)].join("|");
    const nth = (this.seen.get(name) ?? 0) + 1;
    this.seen.set(name, nth);
    const line = this.bytes.subarray(0, start).toString().split("\n").length;
    this.found.push({
      id: sha256(`${name}|${nth}`).slice(0, 12),
      file: this.file,
      line,
      place,
      operator,
      from: flat(from),
      to: flat(to),
      start,
      length,
      replacement: to,
    });
  }

  /** The mutated source. */
  static apply({ file, start, length, replacement }) {
    const bytes = readFileSync(path.join(ROOT, file));
    return Buffer.concat([bytes.subarray(0, start), Buffer.from(replacement), bytes.subarray(start + length)]);
  }

  BinaryOperation(node, parents) {
    const { operator, leftExpression: left, rightExpression: right } = node;
    const [leftText, rightText] = [this.text(left), this.text(right)];
    const groups = { relation: RELATIONS, arithmetic: ARITHMETIC, bitwise: BITWISE, logic: LOGICAL };
    for (const [name, group] of Object.entries(groups)) {
      for (const other of group[operator] ?? []) {
        if (this.isSameAtEquality(node, other, parents.at(-1))) continue;
        // The operator alone is replaced, between its operands.
        const start = end(left);
        const between = this.bytes.subarray(start, begin(right)).toString();
        const at = between.indexOf(operator);
        this.put(name, start + at, operator.length, other, [...parents, node]);
      }
    }
    if (operator in LOGICAL) {
      this.add("operand", node, leftText, parents);
      this.add("operand", node, rightText, parents);
    }
  }

  /** `a < b ? a : b` and the like: at equality both sides are the same, so the boundary can't matter. */
  isSameAtEquality(node, other, parent) {
    if (parent?.nodeType !== "Conditional" || parent.condition !== node) return false;
    if (![`${node.operator}=`, node.operator.replace("=", "")].includes(other)) return false;
    const sides = [node.leftExpression, node.rightExpression].map((side) => this.text(side)).sort();
    const results = [parent.trueExpression, parent.falseExpression].map((side) => this.text(side)).sort();
    return sides.join("\n") === results.join("\n");
  }

  UnaryOperation(node, parents) {
    const { operator, subExpression } = node;
    if (operator === "!") this.add("negation", node, this.text(subExpression), parents);
    if (operator === "++" || operator === "--") {
      const other = operator === "++" ? "--" : "++";
      this.add("step", node, this.text(node).replace(operator, other), parents);
    }
  }

  Conditional(node, parents) {
    this.add("choice", node, this.text(node.trueExpression), parents);
    this.add("choice", node, this.text(node.falseExpression), parents);
  }

  IfStatement(node, parents) {
    const inside = [...parents, node];
    this.add("condition", node.condition, "false", inside);
    if (!isRevert(node.trueBody)) this.add("condition", node.condition, "true", inside);
  }

  WhileStatement(node, parents) {
    this.add("condition", node.condition, "false", [...parents, node]);
  }

  ForStatement(node, parents) {
    if (node.condition) this.add("condition", node.condition, "false", [...parents, node]);
  }

  ExpressionStatement(node, parents) {
    // What is not in a block has no semicolon of its own to remove: the head of a `for`.
    if (parents.at(-1)?.nodeType === "ForStatement" && parents.at(-1).body !== node) return;
    this.add("statement removed", node, "{}", parents, { semicolon: true });
  }

  EmitStatement(node, parents) {
    this.add("event removed", node, "{}", parents, { semicolon: true });
  }

  RevertStatement(node, parents) {
    const parent = parents.at(-1);
    const alone = parent?.nodeType === "IfStatement" || (parent?.nodeType === "Block" && parent.statements.length === 1);
    if (!alone) this.add("revert removed", node, "{}", parents, { semicolon: true });
  }

  VariableDeclarationStatement(node, parents) {
    const [declaration] = node.declarations;
    if (!node.initialValue || node.declarations.length !== 1 || isConstant(node.initialValue)) return;
    if (!/^(u?int|bool|address|bytes\d)/.test(declaration.typeDescriptions.typeString)) return;
    this.add("value dropped", node, this.text(declaration), parents);
  }

  Assignment(node, parents) {
    for (const other of ASSIGNMENTS[node.operator] ?? []) {
      const start = end(node.leftHandSide);
      const at = this.bytes.subarray(start, begin(node.rightHandSide)).toString().indexOf(node.operator);
      this.put("assignment", start + at, node.operator.length, other, [...parents, node]);
    }
  }

  Return(node, parents) {
    if (!node.expression) return;
    const parts = node.expression.nodeType === "TupleExpression" ? node.expression.components : [node.expression];
    for (const part of parts) {
      for (const zero of zerosOf(part)) {
        if (this.text(part) !== zero) this.add("returned value", part, zero, [...parents, node]);
      }
    }
  }

  Literal(node, parents) {
    const text = this.text(node);
    if (node.kind === "bool") this.add("constant", node, text === "true" ? "false" : "true", parents);
    if (node.kind === "string" && text.length > 2) this.add("constant", node, '""', parents);
    if (node.kind !== "number" || text.startsWith("0x")) return;
    this.add("constant", node, `(${text} + 1)`, parents);
    if (!/^0(\s|$)/.test(text)) this.add("constant", node, `(${text} - 1)`, parents);
  }

  ModifierInvocation(node, parents) {
    if (node.kind === "modifierInvocation") this.add("modifier removed", node, "", parents);
  }

  MemberAccess(node, parents) {
    const { memberName, expression } = node;
    if (memberName in ROUNDING && this.text(expression).endsWith("Rounding")) {
      this.add("rounding", node, `${this.text(expression)}.${ROUNDING[memberName]}`, parents);
    }
    if (memberName in OPPOSITES && this.text(expression) === "Math") {
      this.add("extreme", node, `Math.${OPPOSITES[memberName]}`, parents);
    }
  }

  /** Neighbours of one type that change places, in events, calls and structs. */
  FunctionCall(node, parents) {
    if (node.kind === "typeConversion" || node.names.length > 0) return;
    for (let i = 0; i + 1 < node.arguments.length; ++i) {
      const [one, two] = [node.arguments[i], node.arguments[i + 1]];
      const [first, second] = [this.text(one), this.text(two)];
      if (first === second || typeOf(one) !== typeOf(two)) continue;
      const start = begin(one);
      const between = this.bytes.subarray(end(one), begin(two)).toString();
      this.put("arguments", start, end(two) - start, `${second}${between}${first}`, [...parents, node]);
    }
  }
}

export const apply = Mutator.apply;

const begin = (node) => Number(node.src.split(":")[0]);
const end = (node) => begin(node) + Number(node.src.split(":")[1]);
const typeOf = (node) => node.typeDescriptions.typeString.replace(/ (calldata|memory|storage ref|storage pointer)$/, "");

function isRevert(body) {
  const only = body.nodeType === "Block" && body.statements.length === 1 ? body.statements[0] : body;
  return only.nodeType === "RevertStatement";
}

/** Plain numbers are changed as constants. */
function isConstant(expression) {
  return expression.nodeType === "Literal";
}

function zerosOf(expression) {
  if (!expression || expression.nodeType === "Literal") return [];
  const type = expression.typeDescriptions.typeString;
  if (/^u?int/.test(type)) return ["0"];
  if (type === "bool") return ["true", "false"];
  if (type === "address") return ["address(0)"];
  if (/^bytes\d+$/.test(type)) return [`${type}(0)`];
  if (type.startsWith("enum ")) return [`${type.slice(5)}(0)`];
  if (type.startsWith("contract ")) return [`${type.slice(9)}(address(0))`];
  return [];
}
