// What the command says when there is no token.

import { isLocal, runtime } from "../runtime/runtime.ts";
import { printable, TokenError } from "../token.ts";
import { adviseForQuotes, type Situation } from "./advice.ts";
import { ERRORS, KINDS } from "./error_table.ts";
import { giverAmong } from "./flags.ts";
import { escapeInvisible, EXIT_UNEXPECTED, OutputError, say } from "./output.ts";
import type { Settings } from "./settings.ts";

/** Says why there is no token and what to do; returns the exit code. `args` are the command's. */
export function report(
  error: unknown,
  args: string[] = [],
  settings: Partial<Settings> = {},
): number {
  const { hint, ...members } = describe(error, args, settings);
  if (asksForJson(args)) {
    sayJson({ ...members, hint });
  } else {
    say(`error: ${members.message}`);
    if (hint) say(`hint: ${hint}`);
  }
  return error instanceof TokenError ? KINDS[error.kind].exitCode : EXIT_UNEXPECTED;
}

/** Says in one line why the token was not renewed, and in how many seconds the next try is. */
export function reportRetry(
  error: unknown,
  seconds: number,
  args: string[] = [],
  settings: Partial<Settings> = {},
): void {
  const { hint, ...members } = describe(error, args, settings);
  const next_try = Math.ceil(seconds);
  if (asksForJson(args)) {
    sayJson({ ...members, hint, next_try });
  } else {
    const why = hint ? `${members.message} (${hint})` : members.message;
    say(`error: ${why}; the next try is in ${next_try} s`);
  }
}

/** What is said about an error. */
interface Description {
  message: string;
  code: string;
  kind: string;
  error?: string;
  error_description?: string;
  status?: number;
  /** Seconds to wait before the next request. */
  retry_after?: number;
  hint?: string;
}

function describe(error: unknown, args: string[], settings: Partial<Settings>): Description {
  if (!(error instanceof TokenError)) return describeUnexpected(error);
  const { request, proof = {}, places, quoted } = { ...settings, ...settings.found?.() };
  const { mask = (text: string) => text } = proof;
  const advice = adviceFor(error, {
    request,
    hasDpopKey: proof.dpop_jkt !== undefined,
    signsAssertion: proof.signsAssertion,
    isForeignAssertion: proof.isForeignAssertion,
    isForTokenUrl: proof.isForTokenUrl,
    isNamedByThumbprint: proof.isNamedByThumbprint,
    quoted,
    isFoundByResource: places?.resource !== undefined,
    runtime,
    isSource: isLocal(),
  });
  const { code, kind, error: error_code, error_description, status, retry_after } = error;
  return {
    message: mask(messageOf(error, args)),
    code,
    kind,
    error: error_code && mask(error_code),
    error_description: error_description && mask(error_description),
    status,
    retry_after,
    hint: advice && mask(advice),
  };
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
  const said = adviseForQuotes(error, situation) ??
    (typeof advice === "function" ? advice(error, situation) : advice);
  if (said) return said;
  const { error_uri } = error;
  return error_uri && URL.canParse(error_uri) ? `See ${printable(error_uri)}` : undefined;
}

/** The message, with the name of the flag or the variable that gave an option of the library. */
function messageOf({ message, option, problem }: TokenError, args: string[]): string {
  return option && problem ? `${giverAmong(args, option)} ${problem}` : message;
}

function describeUnexpected(error: unknown): Description {
  if (error instanceof OutputError) {
    return { message: error.message, code: "stdout_failed", kind: "unexpected" };
  }
  const { name, stack = "" } = error instanceof Error ? error : new Error("not an Error");
  // The message is left out, because it may contain anything.
  const [, place] = stack.match(/([\w.]+:\d+:\d+)\)?$/m) ?? [];
  const message = `Unexpected ${printable(name)}${place ? ` at ${place}` : ""}; please report it`;
  return { message, code: "unexpected", kind: "unexpected" };
}

function sayJson(members: Description & { next_try?: number }): void {
  say(escapeInvisible(JSON.stringify(members)));
}
