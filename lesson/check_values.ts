// Steps 1 and 2: what the variables are.

import { isSimilar } from "../command/similar.ts";
import type { Run, Value } from "./run_record.ts";
import { scan } from "./scan.ts";
import { lineOf, lineOfName } from "./source_lines.ts";
import { EXERCISE_VALUES } from "./values.ts";
import { missingVariable, show } from "./variables.ts";
import { type Facts, type Finding, finding } from "./verdict.ts";

const { client_id, client_secret } = EXERCISE_VALUES;
const FIELDS = new Map([
  ["grant_type", "client_credentials"],
  ["client_id", client_id],
  ["client_secret", client_secret],
]);

/** Whether a value is a text. */
export function isText({ type }: { type: string }): boolean {
  return type === "string" || type === "str";
}

/** Step 1: client_id, client_secret and token_url have the values of the exercise. */
export function checkCredentials(run: Run): Finding | undefined {
  for (const [name, value] of Object.entries(EXERCISE_VALUES)) {
    const found = run.values.get(name);
    const expected = JSON.stringify(value);
    if (!found) {
      const isMeant = ({ text }: Value) => text.trim() === value;
      return missingVariable(run, name, `${name} = ${expected}`, isMeant);
    }
    if (isText(found) && found.text === value) continue;
    const facts = { expected, found: show(found), line: lineOfName(run, name) };
    return differentValue(run, name, found, value, facts);
  }
  return undefined;
}

function differentValue(
  run: Run,
  name: string,
  value: Value,
  expected: string,
  facts: Facts,
): Finding {
  const { text } = value;
  if (!isText(value)) return finding(run, "value_no_text", { name }, facts);
  if (text === "") return finding(run, "value_empty", { name }, facts);
  if (text.trim() === expected) return finding(run, "value_spaces", { name }, facts);
  const [other] = Object.entries(EXERCISE_VALUES).find(([, value]) => value === text) ?? [];
  if (other) return finding(run, "value_of_other", { name, other }, facts);
  let same = 0;
  while (text[same] === expected[same]) same++;
  return finding(run, "value_differs", { name, position: same + 1 }, facts);
}

/** Step 2: data has the three keys, with their values. */
export function checkData(run: Run): Finding | undefined {
  const data = run.values.get("data");
  const all = "a form with grant_type, client_id and client_secret";
  if (!data) {
    const isMeant = ({ entries }: Value) => !!entries?.some(([key]) => FIELDS.has(key));
    return missingVariable(run, "data", all, isMeant);
  }
  const line = lineOfName(run, "data");
  const fields = fieldsOf(data);
  if (!fields) return noForm(run, data, { expected: all, found: show(data), line });
  for (const [name, expected] of FIELDS) {
    const [, type, text = ""] = fields.find(([key]) => key === name) ?? [];
    if (!type) return missingKey(run, name, fields);
    if (isText({ type }) && text === expected) continue;
    const literal = new RegExp(`\\b${name}\\b["']?\\s*[:,]\\s*["'\`]`);
    return wrongField(run, name, text, {
      expected: JSON.stringify(expected),
      found: show({ type, text }),
      line: lineOf(run, literal) ?? line,
    });
  }
  return repeatedLiteral(run);
}

function noForm(run: Run, { type, text }: Value, facts: Facts): Finding {
  if (type === "function") return finding(run, "data_function", {}, facts);
  if (type === "Promise") return finding(run, "data_promise", {}, facts);
  if (isText({ type }) && /^\s*[{[]/.test(text)) return finding(run, "data_json", {}, facts);
  return finding(run, "data_no_form", {}, facts);
}

/** The fields of `data`: of a form, a map, an object, a list of pairs, or a text that is a form. */
function fieldsOf({ type, text, entries }: Value): Value["entries"] {
  const isForm = (isText({ type }) || type === "bytes") && /^[\w.%+-]+=/.test(text);
  if (!isForm) return entries;
  return [...new URLSearchParams(text)].map(([key, value]) => [key, "string", value]);
}

function missingKey(run: Run, name: string, fields: NonNullable<Value["entries"]>): Finding {
  const keys = fields.map(([key]) => key);
  const facts = {
    expected: `the key ${name}`,
    found: keys.length > 0 ? `the keys ${keys.join(", ")}` : "no keys",
  };
  const near = keys.find((key) => !FIELDS.has(key) && isSimilar(key, name));
  if (near) {
    const line = lineOf(run, new RegExp(RegExp.escape(near)));
    return finding(run, "key_renamed", { name, other: near }, { ...facts, line });
  }
  const isMissing = run.exchanges.length === 0;
  return finding(run, "key_missing", { name }, {
    ...facts,
    line: lineOfName(run, "data"),
    isMissing,
  });
}

function wrongField(run: Run, name: string, text: string, facts: Facts): Finding {
  const expected = FIELDS.get(name);
  if (text.trim() === expected) return finding(run, "field_spaces", { name }, facts);
  if (text.includes(`{${name}}`)) return finding(run, "field_template", { name }, facts);
  if (/\b(client_id|client_secret|grant_type)\s*=/.test(text)) {
    return finding(run, "field_joined", { name }, facts);
  }
  if (name === "grant_type") return finding(run, "field_grant_type", {}, facts);
  if (text === name) return finding(run, "field_name", { name }, facts);
  if (text === "undefined") return finding(run, "field_undefined", { name }, facts);
  return finding(run, "field_differs", { name }, facts);
}

/** A value that stands in the program twice, where the variable should be used. */
function repeatedLiteral(run: Run): Finding | undefined {
  const code = scan(run.source, run.language).withoutComments;
  for (const [name, value] of Object.entries({ client_id, client_secret })) {
    const [, second] = [...code.matchAll(new RegExp(value, "g"))];
    if (!second) continue;
    return finding(run, "literal_repeated", { name }, {
      expected: `the variable ${name}`,
      found: JSON.stringify(value),
      line: code.slice(0, second.index).split("\n").length,
    });
  }
  return undefined;
}
