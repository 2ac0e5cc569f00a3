/**
 * The small changes of a source file that `mutate.ts` makes: operators, literals, conditions,
 * statements and the parts of regular expressions.
 *
 * @module
 */

// TypeScript is named here and not in deno.json, whose npm packages every task would download.
// deno-lint-ignore-file no-import-prefix
import ts from "npm:typescript@5.9.3";

const OPERATORS = new Map(Object.entries({
  ...{ "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"] },
  ...{ "===": ["!=="], "!==": ["==="], "&&": ["||"], "||": ["&&"], "+": ["-"], "-": ["+"] },
  ...{ "*": ["/"], "/": ["*"], "**": ["*"], "+=": ["-="], "-=": ["+="], "?.": ["."] },
}));
// An escape, a class, the start of a group, a quantifier, or one character.
const REGEX_PART =
  /\\.|\[(?:\\.|[^\]])*\]|\((?:\?(?:[:!=]|<[!=]))?|(?:[*+?]|\{\d+(?:,\d*)?\})\??|[^]/g;

/** A change of a file; `text` is the line it is in, without the indent. */
export interface Change {
  file: string;
  old: string;
  new: string;
  text: string;
}

/** A change and where it is: its offset, its line and its column. */
export type Mutant = Change & { at: number; place: [line: number, column: number] };

/** Flags, quantifiers, anchors, alternatives left out; classes negated; all matched, or nothing. */
function regexChanges(literal: string): string[] {
  const end = literal.lastIndexOf("/");
  const [source, flags] = [literal.slice(1, end), literal.slice(end + 1)];
  const changed = [["(?:)", flags], ["(?!)", flags]];
  // Without a letter, it is the same whatever the case.
  if (/[a-z]/i.test(source.replace(/\\(p\{\w+\}|x\w\w|u\w{4}|.)/g, ""))) {
    changed.push([source, `${flags}i`]);
  }
  const put = (from: number, to: number, by: string) =>
    changed.push([source.slice(0, from) + by + source.slice(to), flags]);
  const starts = [0];
  const endAlternative = (at: number) => {
    const start = starts.pop()!;
    if (source[start - 1] === "|") put(start - 1, at, "");
    else if (source[at] === "|") put(start, at + 1, "");
  };
  for (const flag of flags) changed.push([source, flags.replace(flag, "")]);
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

/** What an operator, a literal or a statement may become. */
function changes(node: ts.Node): string[] {
  if (ts.isRegularExpressionLiteral(node)) return regexChanges(node.text);
  if (ts.isNumericLiteral(node)) {
    return Number(node.text) > 0 ? [`${+node.text + 1}`, `${+node.text - 1}`] : ["1"];
  }
  if (ts.isStringLiteralLike(node)) return [node.text === "" ? '"?"' : '""'];
  if (ts.isTemplateExpression(node)) return ['""'];
  if (node.kind === ts.SyntaxKind.TrueKeyword) return ["false"];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return ["true"];
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    const operator = ts.tokenToString(node.operator)!;
    const operand = node.operand.getText();
    return [operator === "++" ? `${operand}--` : operator === "--" ? `${operand}++` : operand];
  }
  if (ts.isBinaryExpression(node) && /^(&&|\|\||\?\?)$/.test(node.operatorToken.getText())) {
    return [node.left, node.right].map((side) => `(${side.getText()})`);
  }
  // What ends without a value returns undefined, too.
  if (node.getText() === "return undefined;") return [];
  return /^(Expression|Return|Throw|Continue|ForOf)Statement$/.test(ts.SyntaxKind[node.kind])
    ? [";"]
    : [];
}

/** The condition of a node, and what it may become; a loop's that always holds would never end. */
function conditionChanges(node: ts.Node): [ts.Expression, string[]] | undefined {
  const isLoop = ts.isForStatement(node);
  const condition = ts.isIfStatement(node)
    ? node.expression
    : isLoop || ts.isConditionalExpression(node)
    ? node.condition
    : undefined;
  if (!condition) return undefined;
  return [condition, [`!(${condition.getText()})`, "false", ...isLoop ? [] : ["true"]]];
}

/** All changes of a file. One that leaves it no TypeScript does no harm: every test notices it. */
export function mutantsOf(file: string, source: string): Mutant[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const lines = source.split("\n");
  const mutants: Mutant[] = [];
  const add = (node: ts.Node, news: string[]) => {
    const [at, old] = [node.getStart(), node.getText()];
    const { line, character } = tree.getLineAndCharacterOfPosition(at);
    const found = { file, at, old, text: lines[line]!.trim(), place: [line + 1, character + 1] };
    mutants.push(...news.map((by) => ({ ...found, new: by }) as Mutant));
  };
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    add(node, changes(node));
    const condition = conditionChanges(node);
    if (condition) add(...condition);
    if (ts.isToken(node)) add(node, OPERATORS.get(node.getText()) ?? []);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return mutants;
}
