// Imported into the learner's program before its own code (see watch_names.ts). It directs requests for
// token_url to the practice server, and writes to stderr what the variables of the program are.
//
// It knows the port and the origin of token_url from the query of its own URL, because the program has no
// arguments. Nothing here protects anything: the permissions of the process do that. But the program cannot
// write a report of its own: each begins with a mark, which was taken from the environment before the
// program began.

const { searchParams } = new URL(import.meta.url);
const port = searchParams.get("port");
const tokenOrigin = searchParams.get("origin");
const LOOPBACK = ["127.0.0.1", "localhost"];
const MAX_REPORTS = 30;
const MAX_CALLS = 5;
const MAX_ENTRIES = 12;
const MAX_TEXT = 200;

const isDeno = "Deno" in globalThis;
const { env } = isDeno ? {} : globalThis.process;
const mark = isDeno ? Deno.env.get("EXERCISE_MARK") : env.EXERCISE_MARK;
if (isDeno) Deno.env.delete("EXERCISE_MARK");
else delete env.EXERCISE_MARK;

// The program may replace any of these.
const { stringify } = JSON;
const { create, entries: entriesOfObject, setPrototypeOf } = Object;
const { error, log } = console;
// (Deno loads its timers when they are first used, which takes longer than all the rest.)
const { fetch: ownFetch, URL: OwnURL, queueMicrotask: later } = globalThis;
// (Nor is Request read before it is needed: in Deno, that loads a fifth of what a run takes.)
const requestClass = Object.getOwnPropertyDescriptor(globalThis, "Request");

const sites = new Map();
const calls = new Map();
let last = "";
let reports = 0;
let thrown;
let lastCaught;
let failure;

/** Notes an error that the program caught. */
export function caught(error) {
  lastCaught = textOfError(error);
}

function textOfError(error) {
  try {
    return String(error).slice(0, MAX_TEXT);
  } catch {
    return "an error without a text";
  }
}

/** Why the program ended; Deno says it itself. */
function failureOf(error) {
  const text = typeof error === "string" ? `"${error}"` : textOfError(error);
  const line = Number(`${error?.stack}`.match(/\[eval1\]:(\d+)/)?.[1]);
  const message = text.split("\n")[0];
  return own(line ? { kind: "exception", message, line } : { kind: "exception", message });
}

/** Notes how to read the variables that are declared at a place of the program. */
export function watch(site, getters) {
  // A place that runs again replaces what it noted before, so that a loop does not fill the memory.
  sites.delete(site);
  sites.set(site, getters);
  if (isOften(site)) return;
  report();
  // Once more when the line has run.
  later(report);
}

/** Whether a place of the program has run so often that it may be an endless loop. */
function isOften(site) {
  calls.set(site, (calls.get(site) ?? 0) + 1);
  return calls.get(site) > MAX_CALLS;
}

/** Writes what the variables are, if that is something new. */
function report(isLast) {
  if (isLast !== true && reports >= MAX_REPORTS) return;
  try {
    const text = stringify(readVariables());
    if (text === last) return;
    last = text;
    reports++;
    error(`\n${mark}${text}`);
  } catch {
    // The program has replaced what this needs. It should fail for reasons of its own alone.
  }
}

function readVariables() {
  const values = create(null);
  const unset = create(null);
  const outer = create(null);
  for (const [site, getters] of [...sites].reverse()) {
    for (const [name, getter] of entriesOfObject(getters)) {
      const isKnown = values[name] && values[name].type !== "undefined";
      if (isKnown && site !== 0) continue;
      try {
        (isKnown ? outer : values)[name] = describe(getter());
      } catch ({ message }) {
        // Its line has begun. At site 0, before the first line, nothing has.
        if (site !== 0 && `${message}`.includes("before initialization")) unset[name] = true;
        // Otherwise it is no variable.
      }
    }
  }
  return own({ values, unset, outer, thrown, caught: lastCaught, failure });
}

/** An object that has nothing but its own members, so that the program cannot change what JSON it becomes. */
function own(value) {
  return setPrototypeOf(value, null);
}

// Only the beginning of a value is looked at: it may be of any size.
function describe(value) {
  const type = typeOf(value);
  const entries = entriesOf(type, value)?.map(([key, member]) =>
    own([textOf(key), typeOf(member), textOf(member)])
  );
  return own({ type, text: textOf(value, entries), entries: entries && own(entries) });
}

function typeOf(value) {
  if (value === null) return "null";
  return typeof value === "object"
    ? Object.prototype.toString.call(value).slice(8, -1)
    : typeof value;
}

function textOf(value, entries) {
  const type = typeOf(value);
  if (type === "Object" && entries) {
    return stringify(own(Object.fromEntries(entries.map((entry) => [entry[0], entry[2]]))));
  }
  if (type === "Array") return `[${value.slice(0, MAX_ENTRIES).map(typeOf)}]`;
  const isText = type === "URLSearchParams" || typeof value !== "object";
  return isText ? String(value).slice(0, MAX_TEXT) : type;
}

function entriesOf(type, value) {
  const isList = ["URLSearchParams", "FormData", "Map"].includes(type) ||
    type === "Array" && value.slice(0, MAX_ENTRIES).every((pair) => pair?.length === 2);
  if (isList) return value[Symbol.iterator]().take(MAX_ENTRIES).toArray();
  if (type === "Object") return Object.entries(value).slice(0, MAX_ENTRIES);
}

/** The URL at the practice server that stands for a URL of token_url's host. */
function directed(address) {
  if (!OwnURL.canParse(address)) throw new TypeError(`Invalid URL: '${address}'`);
  const url = new OwnURL(address);
  const { hostname, pathname, search } = url;
  if (url.origin === tokenOrigin || LOOPBACK.includes(hostname)) {
    return `http://127.0.0.1:${port}${pathname}${search}`;
  }
  throw new TypeError(`${url.origin} cannot be reached from here`);
}

globalThis.fetch = async function fetch(input, init) {
  report();
  try {
    const OwnRequest = requestClass.get?.call(globalThis) ?? requestClass.value;
    const isRequest = input instanceof OwnRequest;
    const url = directed(isRequest ? input.url : input);
    return await ownFetch(isRequest ? new OwnRequest(url, input) : url, init);
  } catch (error) {
    thrown = textOfError(error);
    throw error;
  } finally {
    report();
  }
};

console.log = (...values) => {
  log(...values);
  if (!isOften("log")) report();
};

// Libraries such as axios use node:https. Loading it takes time, so only if the program imports anything.
if (searchParams.has("imports")) {
  const [{ default: https }, { default: http }] = await Promise.all([
    import("node:https"),
    import("node:http"),
  ]);
  for (const name of ["request", "get"]) {
    https[name] = (...args) => {
      const options = { ...args.find((arg) => arg?.constructor === Object) };
      const { host, hostname = host, path } = options;
      const isUrl = typeof args[0] === "string" || args[0] instanceof OwnURL;
      const { pathname, search } = new OwnURL(
        directed(isUrl ? args[0] : `https://${hostname}${path}`),
      );
      const place = { protocol: "http:", host: "127.0.0.1", hostname: "127.0.0.1", port };
      const changed = { agent: false, agents: undefined, path: pathname + search };
      return http[name]({ ...options, ...place, ...changed }, args.at(-1));
    };
  }
}

// There is no place for what would outlive the process (see run_javascript.ts), so it is not there at all.
for (const name of ["localStorage", "sessionStorage", "caches"]) delete globalThis[name];

if (isDeno) {
  for (const event of ["unload", "error", "unhandledrejection"]) {
    globalThis.addEventListener(event, () => report(true));
  }
} else {
  const { process } = globalThis;
  const { exit, stderr, stdout } = process;
  // Otherwise, what an endless loop prints would be kept in memory, and not be seen.
  for (const stream of [stdout, stderr]) stream._handle?.setBlocking?.(true);
  process.on("exit", () => report(true));
  process.on("uncaughtException", (error) => {
    failure = failureOf(error);
    report(true);
    exit(1);
  });
  // Against mistakes only: unlike Deno, Node.js lets a program that wants to reach any host.
  const { default: net } = await import("node:net");
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (...args) {
    const [options] = args.flat().filter((arg) => typeof arg === "object");
    const { host = "localhost", port: to } = options ?? { port: args[0], host: args[1] };
    if (`${to}` === port && LOOPBACK.includes(host)) return connect.apply(this, args);
    throw new TypeError(`${host}:${to} cannot be reached from here`);
  };
}
