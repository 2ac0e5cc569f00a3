/**
 * The small changes of a source file that `mutate.ts` makes: operators, literals, conditions,
 * statements and the parts of regular expressions.
 *
 * @module
 */

// TypeScript is named here and not in deno.json, whose npm packages every task would download.
// deno-lint-ignore-file no-import-prefix
import ts from "npm:typescript@5.9.3";

/** A change of a source file: what stands at an offset, and what replaces it. */
export interface Mutant {
  at: number;
  old: string;
  new: string;
  line: number;
  column: number;
}

const OPERATORS = new Map([
  ["<", ["<=", ">="]],
  ["<=", ["<", ">"]],
  [">", [">=", "<="]],
  [">=", [">", "<"]],
  ["===", ["!=="]],
  ["!==", ["==="]],
  ["&&", ["||"]],
  ["||", ["&&"]],
  ["+", ["-"]],
  ["-", ["+"]],
  ["*", ["/"]],
  ["/", ["*"]],
  ["**", ["*"]],
  ["+=", ["-="]],
  ["-=", ["+="]],
  ["?.", ["."]],
]);
// An escape, a class, the start of a group, a quantifier, or one character.
const REGEX_PART =
  /\\.|\[(?:\\.|[^\]])*\]|\((?:\?(?:[:!=]|<[!=]))?|(?:[*+?]|\{\d+(?:,\d*)?\})\??|[^]/g;

/** All changes of a file. One that leaves it no TypeScript does no harm: every test notices it. */
export function mutantsOf(source: string): Mutant[] {
  const tree = ts.createSourceFile("file.ts", source, ts.ScriptTarget.Latest, true);
  const mutants: Mutant[] = [];

  const add = (node: ts.Node, news: string[]) => {
    const at = node.getStart();
    const { line, character } = tree.getLineAndCharacterOfPosition(at);
    const place = { at, old: node.getText(), line: line + 1, column: character + 1 };
    mutants.push(...news.map((by) => ({ ...place, new: by })));
  };
  const visit = (node: ts.Node): void => {
    if (hasNoEffect(node)) return;
    add(node, changesOf(node));
    const condition = conditionOf(node);
    if (condition) add(condition, changesOfCondition(condition, ts.isForStatement(node)));
    ts.forEachChild(node, visit);
  };

  visit(tree);
  return mutants;
}

/** Types and imports. */
function hasNoEffect(node: ts.Node): boolean {
  return ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) || ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node);
}

/** What an operator, a literal or a statement may become. */
function changesOf(node: ts.Node): string[] {
  if (ts.isRegularExpressionLiteral(node)) return changesOfRegex(node.text);
  if (ts.isNumericLiteral(node)) return changesOfNumber(Number(node.text));
  if (ts.isStringLiteralLike(node)) return [node.text === "" ? '"?"' : '""'];
  if (ts.isTemplateExpression(node)) return ['""'];
  if (node.kind === ts.SyntaxKind.TrueKeyword) return ["false"];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return ["true"];
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    return changesOfUnary(node);
  }
  if (ts.isBinaryExpression(node) && /^(&&|\|\||\?\?)$/.test(node.operatorToken.getText())) {
    return [node.left, node.right].map((side) => `(${side.getText()})`);
  }
  if (isRemovable(node)) return [";"];
  return OPERATORS.get(node.getText()) ?? [];
}

function changesOfNumber(value: number): string[] {
  return value > 0 ? [`${value + 1}`, `${value - 1}`] : ["1"];
}

function changesOfUnary(node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression): string[] {
  const operand = node.operand.getText();
  if (node.operator === ts.SyntaxKind.PlusPlusToken) return [`${operand}--`];
  if (node.operator === ts.SyntaxKind.MinusMinusToken) return [`${operand}++`];
  return [operand];
}

function isRemovable(node: ts.Node): boolean {
  // What ends without a value returns undefined, too.
  if (node.getText() === "return undefined;") return false;
  return ts.isExpressionStatement(node) || ts.isReturnStatement(node) ||
    ts.isThrowStatement(node) || ts.isContinueStatement(node) || ts.isForOfStatement(node);
}

function conditionOf(node: ts.Node): ts.Expression | undefined {
  if (ts.isIfStatement(node)) return node.expression;
  if (ts.isForStatement(node) || ts.isConditionalExpression(node)) return node.condition;
  return undefined;
}

function changesOfCondition(condition: ts.Expression, isLoop: boolean): string[] {
  const changes = [`!(${condition.getText()})`, "false"];
  // A loop would never end.
  return isLoop ? changes : [...changes, "true"];
}

/** All matched, or nothing; flags, quantifiers, anchors and alternatives left out; classes negated. */
function changesOfRegex(literal: string): string[] {
  const end = literal.lastIndexOf("/");
  const source = literal.slice(1, end);
  const flags = literal.slice(end + 1);

  const changed = [["(?:)", flags], ["(?!)", flags]];
  // Without a letter, it is the same in either case.
  if (/[a-z]/i.test(source.replace(/\\(p\{\w+\}|x\w\w|u\w{4}|.)/g, ""))) {
    changed.push([source, `${flags}i`]);
  }
  for (const flag of flags) changed.push([source, flags.replace(flag, "")]);

  const put = (from: number, to: number, by: string) =>
    changed.push([source.slice(0, from) + by + source.slice(to), flags]);
  // Where the alternatives begin that are not ended yet.
  const starts = [0];
  const endAlternative = (at: number) => {
    const start = starts.pop() ?? 0;
    if (source[start - 1] === "|") put(start - 1, at, "");
    else if (source[at] === "|") put(start, at + 1, "");
  };
  for (const { 0: part, index: at } of source.matchAll(REGEX_PART)) {
    const after = at + part.length;
    if (part === "|" || part === ")") endAlternative(at);
    if (part === "|" || part.startsWith("(")) starts.push(after);

    if (/^([\^$*+?]|\{\d)/.test(part)) put(at, after, "");
    else if (/^\\[dswpb]$/.test(part)) put(at, after, part.toUpperCase());
    else if (part.startsWith("[^")) put(at, at + 2, "[");
    else if (part.startsWith("[")) put(at, at + 1, "[^");
  }
  endAlternative(source.length);
  return changed.map(([source, flags]) => `/${source}/${flags}`);
}
