// The reports of a probe, which runs beside the learner's program: lines that begin with a mark. What they
// say comes from that program, so it is believed only if it has the expected shape.

import type { Failure, Value } from "./run_record.ts";

/** What a probe reports. */
export interface Report {
  values: Map<string, Value>;
  outer?: Map<string, Value>;
  unset: string[];
  thrown?: string;
  caught?: string;
  failure?: Failure;
}

/** How long a text in a report may be, and what is read of a message. */
export const MAX_TEXT = 1000;

/** Takes the last report out of what a program wrote to stderr. */
export function takeReport(
  stderr: string,
  mark: string,
): { report: Report; rest: string; hasReport: boolean } {
  let report: Report = { values: new Map(), unset: [] };
  const hasReport = stderr.includes(mark);
  const rest = stderr.replace(new RegExp(`\\n?${mark}(.*)\\n?`, "g"), (_, line) => {
    report = readReport(line) ?? report;
    return "";
  });
  return { report, rest, hasReport };
}

/** Reads a report; `undefined` if it was cut, or has another shape. */
export function readReport(line: string): Report | undefined {
  const report = parse(line);
  if (!isObject(report) || !isObject(report.values) || !isObject(report.unset)) return undefined;
  const values = readValues(report.values);
  const outer = readValues(report.outer ?? {});
  if (!values || !outer) return undefined;
  const thrown = report.thrown ?? undefined;
  const caught = report.caught ?? undefined;
  const failure = report.failure ?? undefined;
  if (thrown !== undefined && !isText(thrown)) return undefined;
  if (caught !== undefined && !isText(caught)) return undefined;
  if (failure !== undefined && !isFailure(failure)) return undefined;
  return { values, outer, unset: Object.keys(report.unset), thrown, caught, failure };
}

function readValues(given: unknown): Map<string, Value> | undefined {
  if (!isObject(given)) return undefined;
  const entries = Object.entries(given);
  const isRight = (entry: [string, unknown]): entry is [string, Value] => isValue(entry[1]);
  return entries.every(isRight) ? new Map(entries) : undefined;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_TEXT;
}

function isValue(value: unknown): value is Value {
  if (!isObject(value) || !isText(value.type) || !isText(value.text)) return false;
  const { entries } = value;
  return entries === undefined || Array.isArray(entries) && entries.every(isEntry);
}

function isFailure(failure: unknown): failure is Failure {
  if (!isObject(failure)) return false;
  const { kind, message, line } = failure;
  const hasLine = line === undefined || Number.isInteger(line);
  return (kind === "syntax" || kind === "exception") && isText(message) && hasLine;
}

function isEntry(entry: unknown): boolean {
  return Array.isArray(entry) && entry.length === 3 && entry.every(isText);
}
