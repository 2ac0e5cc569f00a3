// What the command says when there is no token.

import { isLocal, runtime } from "../runtime/host.ts";
import { printable, TokenError } from "../token.ts";
import type { Situation } from "./advice.ts";
import { ERRORS, KINDS } from "./error_table.ts";
import { flagOf } from "./flags.ts";
import { escapeInvisible, EXIT_UNEXPECTED, say } from "./output.ts";
import type { Settings } from "./settings.ts";

/** Says why there is no token and what to do; returns the exit code. `args` are the command's. */
export function report(
  error: unknown,
  args: string[] = [],
  settings: Partial<Settings> = {},
): number {
  const isJson = asksForJson(args);
  if (!(error instanceof TokenError)) return reportUnexpected(error, isJson);

  const { request, proof = {} } = settings;
  const { mask = (text: string) => text } = proof;
  const advice = adviceFor(error, {
    request,
    hasDpopKey: proof.dpop_jkt !== undefined,
    isForeignAssertion: proof.isForeignAssertion,
    isForTokenUrl: proof.isForTokenUrl,
    isFoundByResource: settings.places?.resource !== undefined,
    runtime,
    isSource: isLocal,
  });
  const message = mask(messageOf(error));
  const hint = advice && mask(advice);
  if (isJson) {
    const { code, kind, error: error_code, error_description, status } = error;
    sayJson({ message, code, kind, error: error_code, error_description, status, hint });
  } else {
    say(`error: ${message}`);
    if (hint) say(`hint: ${hint}`);
  }
  return KINDS[error.kind].exitCode;
}

/** Whether `--errors json` is given, even if other flags are wrong. */
function asksForJson(args: string[]): boolean {
  return args.some((arg, i) =>
    arg === "--errors=json" || (arg === "--errors" && args[i + 1] === "json")
  );
}

/** What to do about an error, if there is something to advise. */
export function adviceFor(error: TokenError, situation: Situation): string | undefined {
  const entry = ERRORS.get(error.code);
  const advice = entry && "advice" in entry ? entry.advice : undefined;
  const said = typeof advice === "function" ? advice(error, situation) : advice;
  if (said) return said;
  const { error_uri } = error;
  return error_uri && URL.canParse(error_uri) ? `See ${printable(error_uri)}` : undefined;
}

/** The message, with the name of a flag for an option of the library. */
function messageOf({ message, option, problem }: TokenError): string {
  return option && problem ? `${flagOf(option)} ${problem}` : message;
}

function reportUnexpected(error: unknown, isJson = false): number {
  const { name, stack = "" } = error instanceof Error ? error : new Error("not an Error");
  // The message is left out, because it may contain anything.
  const [, place] = stack.match(/([\w.]+:\d+:\d+)\)?$/m) ?? [];
  const message = `Unexpected ${printable(name)}${place ? ` at ${place}` : ""}; please report it`;
  if (isJson) sayJson({ message, code: "unexpected", kind: "unexpected" });
  else say(`error: ${message}`);
  return EXIT_UNEXPECTED;
}

function sayJson(members: Record<string, string | number | undefined>): void {
  say(escapeInvisible(JSON.stringify(members)));
}
