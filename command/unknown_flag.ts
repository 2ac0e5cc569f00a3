// What the command says about a flag that it does not have.

import { runtime } from "../runtime/runtime.ts";
import { printable } from "../token.ts";
import { type Flag, FLAGS } from "./flags.ts";
import { distance, isSimilar } from "./similar.ts";

const TABLE = new Map<string, Flag>(Object.entries(FLAGS));
const NAMES = [...TABLE.keys()];

const SEE_HELP = "--help lists all flags";
const CA_VARIABLES = { deno: "DENO_CERT", node: "NODE_EXTRA_CA_CERTS" };
const TRUST = `to trust an authority, set ${CA_VARIABLES[runtime]}=FILE`;
const NO_INSECURE = `certificates are always checked; ${TRUST}`;
const NO_QUIET = "stdout has the token alone, and stderr only errors";

/** The names that other tools have for what the command can do, and how to get that here. */
const ELSEWHERE = new Map([
  ["audience", "write --param audience=…"],
  ["cert", `write --client-cert; or, ${TRUST}`],
  ["insecure", NO_INSECURE],
  ["json", "write --output json"],
  ["k", NO_INSECURE],
  ["quiet", NO_QUIET],
  ["retry", "write --retries"],
  ["silent", NO_QUIET],
  ["tls-cert", "write --client-cert"],
  ["tls-key", "write --client-key"],
  ["token-endpoint", "write --token-url"],
  ["v", "write --explain, or -V for the version"],
  ["verbose", "write --explain"],
]);

/** Says what to write in place of an unknown flag; only its name is repeated. */
export function describeUnknownFlag(arg: string): string {
  const dashes = arg.startsWith("--") ? "--" : "-";
  const name = arg.slice(dashes.length).replace(/[^\w-].*/s, "");
  if (name === "") return `Unknown flag; ${SEE_HELP}`;
  if (dashes === "-" && name.length > 1) return `Unknown flag; ${adviceForLetters(name)}`;

  const shown = `${dashes}${printable(name, 40)}`;
  return `Unknown flag ${shown}; ${adviceFor(name)}`;
}

/** What to do about more letters after one dash, which may be a secret. */
function adviceForLetters(letters: string): string {
  const first = letters[0];
  const rest = letters.slice(1);
  const flag = [...TABLE.values()].find(({ short, value }) => value && short === first);
  if (!flag) return SEE_HELP;
  const { choices = [] } = flag;
  return choices.includes(rest) ? `write -${first} ${rest}` : `put a space after -${first}`;
}

function adviceFor(name: string): string {
  const known = TABLE.get(name);
  if (known) return `write --${name}${known.value ? " VALUE" : ""}`;
  const elsewhere = ELSEWHERE.get(name);
  if (elsewhere) return elsewhere;

  const near = nearest(name);
  return near ? `the nearest is --${near}` : SEE_HELP;
}

/** The flag that begins with the name or has it as a word, or else the one spelled most like it. */
function nearest(name: string): string | undefined {
  const contains = (flag: string) => flag.startsWith(name) || `-${flag}-`.includes(`-${name}-`);
  const containing = name.length > 2 ? NAMES.find(contains) : undefined;
  if (containing) return containing;

  const similar = NAMES.filter((flag) => isSimilar(name, flag));
  const [closest] = similar.toSorted((a, b) => distance(name, a) - distance(name, b));
  return closest;
}
