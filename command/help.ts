// The help text, made from the table of flags.

import { isLocal, runtime } from "../runtime/runtime.ts";
import { type Flag, GROUPS, TEXT_VARIABLES } from "./flags.ts";

/** The help for the program as it was started: from its source, or as an installed or compiled `token`. */
export function helpText(isSource: boolean = isLocal(), host = runtime): string {
  const source = (permissions: string) =>
    host === "deno" ? `deno run ${permissions} main.ts` : "node main.ts";
  const run = (permissions: string) => isSource ? source(permissions) : "token";
  const credentials = "--allow-net --allow-env=TOKEN_URL,CLIENT_ID,CLIENT_SECRET";
  return `Gets an OAuth 2.0 access token with the client credentials grant and prints it.

Usage: ${run("--allow-net")} [flags]

${groups()}

An uppercase name is an environment variable, or a line in .env, that gives the same value.
${Object.values(TEXT_VARIABLES).join(", ")} have what such files contain.

Exit codes: 0 token printed, 1 refused, 2 wrong use, 3 no answer, 4 no usable token, 70 bug

Examples
  ${run("--allow-net")} --demo --explain
  ${run("--allow-net --allow-read=.env")} --scope read
  TOKEN=$(${run(credentials)}) || exit`;
}

function groups(): string {
  return Object.entries(GROUPS)
    .map(([group, flags]) => [group, ...Object.entries(flags).map(line)].join("\n"))
    .join("\n\n");
}

function line([name, { short, value, variable, help, choices, required }]: [string, Flag]): string {
  const flag = `${short ? `-${short},` : "   "} --${name}${value ? ` <${value}>` : ""}`;
  const text = variable ? `${help.padEnd(29)} ${variable}` : help;
  const values = choices && !required ? `${choices.join(", ").replace(",", " (default),")}` : "";
  const lines = [text, ...values.match(/.{1,55}(,|$)/g) ?? []];
  return lines.map((line, i) => `  ${(i ? "" : flag).padEnd(40)} ${line.trim()}`).join("\n");
}
