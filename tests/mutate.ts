/**
 * Changes token.ts in one small way after another and runs the fast tests each time: a change that
 * no test notices shows what they do not look at. Those that make no difference stand in
 * tests/data/mutants.json, each with its reason.
 *
 * `mutate.ts [--only=file:line] [--sample=N] [file …]`
 *
 * @module
 */

// TypeScript is named here and not in deno.json, whose npm packages every task would download.
// deno-lint-ignore-file no-import-prefix
import ts from "npm:typescript@5.9.3";
import { PROJECT, STD_FLAGS } from "./testing.ts";

const FILES = ["token.ts"];
// The slow ones are asked only about what the quick ones did not notice.
const TESTS = [
  ["token_test", ...["answer", "authentication", "body", "checks"].map(inTests)],
  ["mask", "retry", "sending", "error_texts"].map(inTests),
  ["property", "network", "limits", "tls"].map(inTests),
  ["explain/explain_test", "token_source/token_source_test", "token_source/authorized_fetch_test"],
];
const FOLDERS = [
  ...["./", "command/", "explain/", "lesson/", "runtime/", "runtime/offline/", "token_source/"],
  ...["tests/", "tests/data/", "tests/data/tls/"],
];
const TEST_FLAGS = [
  "--allow-all",
  "--no-check",
  "--fail-fast",
  "--sanitize-ops",
  "--sanitize-resources",
  "--v8-flags=--max-old-space-size=512",
];
const AT_A_TIME = 2;
const MAX_MILLISECONDS = 20_000;
const RUNS = "{ numRuns: 1000 }";
const SAME_RUNS = "{ numRuns: 300, seed: 1 }";
const KNOWN = new URL("tests/data/mutants.json", PROJECT);
const OPERATORS = new Map(Object.entries({
  ...{ "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"] },
  ...{ "===": ["!=="], "!==": ["==="], "&&": ["||"], "||": ["&&"], "+": ["-"], "-": ["+"] },
  ...{ "*": ["/"], "/": ["*"], "**": ["*"], "+=": ["-="], "-=": ["+="], "?.": ["."] },
}));
// An escape, a class, the start of a group, a quantifier, or one character.
const REGEX_PART =
  /\\.|\[(?:\\.|[^\]])*\]|\((?:\?(?:[:!=]|<[!=]))?|(?:[*+?]|\{\d+(?:,\d*)?\})\??|[^]/g;

/** A change of a file; `text` is the line it is in, without the indent. */
interface Change {
  file: string;
  old: string;
  new: string;
  text: string;
}

/** A change and where it is: its offset, its line and its column. */
type Mutant = Change & { at: number; place: [line: number, column: number] };

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
function mutantsOf(file: string, source: string): Mutant[] {
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

function inTests(name: string): string {
  return `tests/${name}_test`;
}

/** Copies what the tests need; the properties are checked with the same values each time. */
async function copyProject(): Promise<string> {
  const folder = await Deno.makeTempDir();
  for (const part of FOLDERS) {
    await Deno.mkdir(`${folder}/${part}`, { recursive: true });
    for await (const { name } of Deno.readDir(new URL(part, PROJECT))) {
      if (!/\.(ts|json|pem|key)$/.test(name)) continue;
      await Deno.copyFile(new URL(part + name, PROJECT), `${folder}/${part}${name}`);
    }
  }
  const properties = `${folder}/tests/property_test.ts`;
  const test = await Deno.readTextFile(properties);
  if (!test.includes(RUNS)) throw new Error(`property_test.ts does not hold ${RUNS}`);
  await Deno.writeTextFile(properties, test.replace(RUNS, SAME_RUNS));
  return folder;
}

/** Whether the tests pass in a folder, and in time. */
async function pass(cwd: string, stop: AbortSignal): Promise<boolean> {
  const std = STD_FLAGS.map((flag) => flag.replace(`${PROJECT}`, ""));
  for (const names of TESTS) {
    const files = names.map((name) => `${name}.ts`);
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["test", ...TEST_FLAGS, ...std, ...files],
      cwd,
      stdin: "null",
      stdout: "null",
      stderr: "null",
      signal: AbortSignal.any([stop, AbortSignal.timeout(MAX_MILLISECONDS)]),
    }).output();
    if (!success) return false;
  }
  return true;
}

/** Returns those of the changes that no test notices. */
async function survivorsOf(mutants: Mutant[], sources: Map<string, string>): Promise<Mutant[]> {
  const stop = new AbortController();
  const end = () => stop.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, end);
  const folders = await Promise.all(Array.from({ length: AT_A_TIME }, copyProject));
  const queue = [...mutants];
  const survivors: Mutant[] = [];
  try {
    const passed = await pass(folders[0]!, stop.signal);
    stop.signal.throwIfAborted();
    if (!passed) throw new Error("The tests fail without a change; deno task test names them");
    await Promise.all(folders.map(async (folder) => {
      for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
        const { file, at, old } = mutant;
        const source = sources.get(file)!;
        const changed = source.slice(0, at) + mutant.new + source.slice(at + old.length);
        await Deno.writeTextFile(`${folder}/${file}`, changed);
        if (await pass(folder, stop.signal)) survivors.push(mutant);
        await Deno.writeTextFile(`${folder}/${file}`, source);
        stop.signal.throwIfAborted();
      }
    }));
  } finally {
    end();
    for (const folder of folders) await Deno.remove(folder, { recursive: true });
  }
  return survivors;
}

function end(message: string): never {
  console.error(message);
  Deno.exit(2);
}

const option = (name: string) =>
  Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.split("=")[1];
const [file, line] = option("only")?.split(":") ?? [];
const named = Deno.args.filter((arg) => !arg.startsWith("--"));
const sources = new Map<string, string>();
for (const name of file ? [file] : named.length > 0 ? named : FILES) {
  const source = await Deno.readTextFile(new URL(name, PROJECT)).catch(({ message }) =>
    end(message)
  );
  sources.set(name, source);
}
const known: Change[] = JSON.parse(await Deno.readTextFile(KNOWN).catch(() => "[]"));
const all = [...sources].flatMap(([file, source]) => mutantsOf(file, source));
const asked = all.filter(({ place }) => !line || place[0] === Number(line));
if (asked.length === 0) end("Nothing there to change: comments, types and imports are left alone");
const sample = Number(option("sample") ?? asked.length);
// Spread over all of them.
const mutants = asked.filter((_, i) => i * sample % asked.length < sample);
const survivors = await survivorsOf(mutants, sources).catch(({ message }) => end(message));

const isIn = (changes: Change[], { file, old, text, new: by }: Change) =>
  changes.some((c) => c.file === file && c.old === old && c.text === text && c.new === by);
const unknown = survivors.filter((mutant) => !isIn(known, mutant));
const stale = known.filter((entry) =>
  sources.has(entry.file) && !isIn(survivors, entry) &&
  (isIn(mutants, entry) || !isIn(all, entry))
);
const show = (change: Change) => `${change.old} -> ${change.new}`.replace(/\s+/g, " ");
for (const mutant of unknown) {
  console.log(`${mutant.file}:${mutant.place.join(":")} ${show(mutant)}`);
}
for (const entry of stale) console.log(`stale: ${entry.file}: ${entry.text}: ${show(entry)}`);
console.log(
  `${mutants.length} of ${all.length} changes made: ${survivors.length} not noticed, ` +
    `${unknown.length} of these unknown; ${stale.length} stale`,
);
if (unknown.length + stale.length > 0) Deno.exitCode = 1;
