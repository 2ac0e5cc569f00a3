// Steps 1 and 2: what the variables are.

import type { Run, Value } from "./run_record.ts";
import { isSimilar } from "./similar_names.ts";
import { lineOf, lineOfName } from "./source_lines.ts";
import { EXERCISE_VALUES } from "./values.ts";
import { missingVariable, show } from "./variables.ts";
import type { Finding } from "./verdict.ts";
import { withoutComments } from "./watch_names.ts";

const { client_id, client_secret } = EXERCISE_VALUES;
const FIELDS: Record<string, string> = {
  grant_type: "client_credentials",
  client_id,
  client_secret,
};

/** Step 1: client_id, client_secret and token_url have the values of the exercise. */
export function checkCredentials(run: Run): Finding | undefined {
  for (const [name, value] of Object.entries(EXERCISE_VALUES)) {
    const found = run.values[name];
    const expected = JSON.stringify(value);
    if (!found) {
      return missingVariable(
        run,
        name,
        `${name} = ${expected}`,
        ({ text }) => text.trim() === value,
      );
    }
    if (found.type === "string" && found.text === value) continue;
    return {
      what: `${name} is not the value of the exercise`,
      expected,
      found: show(found),
      line: lineOfName(run, name),
      advice: differenceOf(found, value),
    };
  }
  return undefined;
}

function differenceOf({ type, text }: Value, expected: string): string {
  if (type !== "string") return "Assign the value itself, as a text in quotes.";
  if (text.trim() === expected) return "There is a space at the beginning or end of the text.";
  const [other] = Object.entries(EXERCISE_VALUES).find(([, value]) => value === text) ?? [];
  if (other) return `That is the value of ${other}.`;
  let i = 0;
  while (text[i] === expected[i]) i++;
  return `They differ from character ${i + 1} on. Copy the value from the task.`;
}

/** Step 2: data has the three keys, with their values. */
export function checkData(run: Run): Finding | undefined {
  const { data } = run.values;
  const all = "a form with grant_type, client_id and client_secret";
  const isMeant = ({ entries }: Value) => !!entries?.some(([key]) => key in FIELDS);
  if (!data) return missingVariable(run, "data", all, isMeant);
  const line = lineOfName(run, "data");
  const fields = fieldsOf(data);
  if (!fields) {
    return {
      what: "data is not a form",
      expected: all,
      found: show(data),
      line,
      advice: /^\s*[{[]/.test(data.text)
        ? "This is JSON. A token endpoint takes a form: make a URLSearchParams from the object, " +
          "without JSON.stringify."
        : "Make it with new URLSearchParams({ … }), or as an object with the three keys.",
    };
  }
  for (const [name, expected] of Object.entries(FIELDS)) {
    const [, type, text] = fields.find(([key]) => key === name) ?? [];
    if (!type) return missingKey(run, name, fields);
    if (type === "string" && text === expected) continue;
    return {
      what: `${name} in data is not ${name === "grant_type" ? expected : `the value of ${name}`}`,
      expected: JSON.stringify(expected),
      found: show({ type, text: text! }),
      line: lineOf(run, new RegExp(`\\b${name}\\b["']?\\s*[:,]\\s*["'\`]`)) ?? line,
      advice: wrongField(name, text!),
    };
  }
  return repeatedLiteral(run);
}

/** The fields of `data`: of a form, a map, an object, a list of pairs, or a text that is a form. */
function fieldsOf({ type, text, entries }: Value): Value["entries"] {
  if (type !== "string" || !/^[\w.%+-]+=/.test(text)) return entries;
  return [...new URLSearchParams(text)].map(([key, value]) => [key, "string", value]);
}

function missingKey(run: Run, name: string, fields: NonNullable<Value["entries"]>): Finding {
  const keys = fields.map(([key]) => key);
  const near = keys.find((key) => !(key in FIELDS) && isSimilar(key, name));
  return {
    what: near ? `the key is called ${near}, not ${name}` : `data has no ${name}`,
    expected: `the key ${name}`,
    found: keys.length > 0 ? `the keys ${keys.join(", ")}` : "no keys",
    line: near ? lineOf(run, new RegExp(RegExp.escape(near))) : lineOfName(run, "data"),
    advice: near
      ? "The keys are sent as they are, and the server knows only the names of RFC 6749: " +
        "lowercase letters with underscores."
      : `Without ${name}, the server refuses the request.`,
    isMissing: !near && run.exchanges.length === 0,
  };
}

function wrongField(name: string, text: string): string {
  if (name === "grant_type") {
    return "The value is a fixed name from RFC 6749, written with an underscore: client_credentials.";
  }
  if (text === name) return `That is the name as a text. Without quotes, ${name} is your variable.`;
  if (text === "undefined") {
    return "The variable has no value yet where data is made. Move data below step 1.";
  }
  return `Use the variable ${name} unchanged.`;
}

/** A value that stands in the program twice, where the variable should be used. */
function repeatedLiteral(run: Run): Finding | undefined {
  const code = withoutComments(run.source);
  for (const [name, value] of Object.entries({ client_id, client_secret })) {
    const [, second] = [...code.matchAll(new RegExp(value, "g"))];
    if (!second) continue;
    return {
      what: `the value of ${name} is written twice`,
      expected: `the variable ${name}`,
      found: JSON.stringify(value),
      line: code.slice(0, second.index).split("\n").length,
      advice: "Use the variable in place of the second text, so that there is one place to change.",
    };
  }
  return undefined;
}
