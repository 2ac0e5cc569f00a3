import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { loadJose } from "../runtime/jose.ts";
import "../tests/support/jose.ts";
import { withFakeClock } from "../tests/support/clock.ts";
import { pathOf } from "../tests/support/command.ts";
import { needs } from "../tests/support/needs.ts";
import { capture, replace, replaceWorld } from "../tests/support/run_main.ts";
import { TokenError, type TokenResponse } from "../token.ts";
import { keepToken, readClocks } from "../token_source/token_lifetime.ts";
import type { Flags } from "./flags.ts";
import { warn } from "./output.ts";
import type { Settings } from "./settings.ts";
import { drawPause, watchToken } from "./watch.ts";

const UUID = "01234567-89ab-cdef-0123-456789abcdef";
const CLIENT: Flags = {
  "token-url": "https://a.example/",
  "client-id": "id",
  "client-secret": "secret",
};
const GRANTED: Deno.PermissionDescriptor["name"][] = ["net", "read", "write", "env"];

const TOKEN: TokenResponse = { access_token: "t1", token_type: "Bearer", expires_in: 3600 };
const failed = (details = {}) =>
  new TokenError("unreachable", "connection_failed", "No answer from a.example: gone", details);

/** What a watch asked for, wrote and said. */
interface Watched {
  code: number | undefined;
  error: unknown;
  stdout: string;
  stderr: string;
  /** When each token was asked for, in seconds from the beginning. */
  asked: number[];
  /** What was in the file when each was asked for, and at the end. */
  contents: (string | undefined)[];
  settings: Settings[];
  path: string;
  folder: string;
}

type Answer = TokenResponse | Error | ((end: () => void, path: string) => TokenResponse | Error);

/** Watches a file with a clock that does not wait, until all answers are given, and then one pause. */
async function watched(
  answers: Answer[],
  flags: Flags = {},
  { args = [], env = {}, folder, granted = GRANTED, onLine = () => {} }: {
    args?: string[];
    onLine?: () => void;
    env?: Record<string, string>;
    folder?: string;
    granted?: typeof GRANTED;
  } = {},
): Promise<Watched> {
  const own = folder ?? await Deno.makeTempDir();
  const path = flags.watch ?? `${own}/token`;
  const listeners = new Map<string, () => void>();
  using _world = replaceWorld({ granted, env });
  using _signals = replace(Deno, {
    addSignalListener: (name, listener) => void listeners.set(name, listener),
    removeSignalListener: (name) => void listeners.delete(name),
  });
  // Otherwise, on a busy machine, the time that passes would count, too.
  using _uptime = replace(performance, { now: () => Date.now() });
  using stdout = capture("stdout");
  using stderr = capture("stderr", (bytes) => {
    onLine();
    return bytes.length;
  });
  const end = () => listeners.get("SIGINT")?.();
  const asked: number[] = [];
  const contents: Watched["contents"] = [];
  const settings: Settings[] = [];
  const read = () => {
    try {
      return Deno.readTextFileSync(path);
    } catch {
      return undefined;
    }
  };
  let start = 0;
  const { result } = await withFakeClock(() => {
    start = Date.now();
    return watchToken(args, { ...CLIENT, watch: path, ...flags }, (given) => {
      asked.push((Date.now() - start) / 1000);
      contents.push(read());
      settings.push(given);
      const answer = answers[asked.length - 1];
      if (answer === undefined) end();
      const outcome = typeof answer === "function" ? answer(end, path) : answer ?? failed();
      return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
    });
  });
  contents.push(read());
  assertEquals(listeners.size, 0);
  const leftovers = [...Deno.readDirSync(own)].filter(({ name }) => name.endsWith(".tmp"));
  assertEquals(leftovers, []);
  if (!folder) await Deno.remove(own, { recursive: true });
  return {
    code: result.status === "fulfilled" ? result.value : undefined,
    error: result.status === "rejected" ? result.reason : undefined,
    stdout: stdout.text,
    stderr: stderr.text,
    asked,
    contents,
    settings,
    path,
    folder: own,
  };
}

Deno.test("watchToken writes at once, renews before the end, and leaves the file when it ends", async () => {
  const { code, asked, contents, stdout, stderr } = await watched([
    TOKEN,
    { ...TOKEN, access_token: "t2" },
    { ...TOKEN, access_token: "t3", expires_in: 100 },
  ]);
  assertEquals([code, stdout, stderr], [0, "", ""]);
  assertEquals(contents, [undefined, "t1", "t2", "t3", "t3"]);
  const [first, second, third, fourth] = asked as [number, number, number, number];
  assert(first < 1, `${first}`);
  for (const pause of [second - first, third - second]) {
    assert(pause >= 3300 && pause <= 3361, `${pause}`);
  }
  assert(fourth - third >= 77 && fourth - third <= 81, `${fourth - third}`);
});

Deno.test("watchToken keeps the old token and tries again, less and less often, with a line each", async () => {
  const failures = Array.from({ length: 7 }, () => failed());
  const { code, asked, contents, stderr } = await watched([
    TOKEN,
    ...failures,
    { ...TOKEN, access_token: "t2" },
  ]);
  assertEquals(code, 0);
  assertEquals(contents, [undefined, ...Array.from({ length: 8 }, () => "t1"), "t2", "t2"]);
  const pauses = asked.slice(2, 9).map((time, i) => time - asked[i + 1]!);
  for (const [i, pause] of pauses.entries()) {
    const longest = Math.min(60, 2 ** i);
    assert(pause >= longest / 2 && pause <= longest + 0.1, `${i}: ${pause}`);
  }
  assert(asked[8]! < 3600, "the token has expired meanwhile");
  const lines = stderr.trim().split("\n");
  assertEquals(lines.length, failures.length);
  for (const line of lines) {
    assertMatch(line, /^error: No answer from a\.example: gone; the next try is in \d+ s$/);
  }
});

Deno.test("watchToken begins with short pauses again after a success", async () => {
  const failures = [failed(), failed(), failed(), failed()];
  const { asked } = await watched([...failures, TOKEN, failed()]);
  assert(asked[6]! - asked[5]! <= 1.1, `${asked}`);
});

Deno.test("watchToken makes one try for a renewal, as it tries again by itself, unless --retries is given", async () => {
  const retriesWith = async (flags: Flags) => {
    const { settings } = await watched([failed(), TOKEN, TOKEN], flags);
    return settings.map(({ options }) => options.retries);
  };
  assertEquals(await retriesWith({}), [undefined, undefined, 0, 0]);
  assertEquals(await retriesWith({ retries: "3" }), [3, 3, 3, 3]);
});

Deno.test("watchToken waits as long as the server asks for", async () => {
  const busy = new TokenError("refused", "too_many_requests", "Wait", {
    status: 429,
    retry_after: 90,
  });
  const { asked } = await watched([TOKEN, busy]);
  const pause = asked[2]! - asked[1]!;
  assert(pause >= 90 && pause < 91, `${pause}`);
});

Deno.test("drawPause follows the life of the token, the server's wish, and what a refusal means", () => {
  const keptFor = (lifetime: number) =>
    keepToken({ token: TOKEN, asked: readClocks(), lifetime }, { isShared: false });
  const within = (pause: number, least: number, most: number) =>
    assert(pause >= least && pause <= most, `${pause}`);
  within(drawPause(failed(), 0), 0.5, 1);
  within(drawPause(failed(), 20), 30, 60);
  within(drawPause(failed(), 20, keptFor(160)), 5, 10);
  within(drawPause(failed(), 0, keptFor(8)), 0.25, 0.5);
  within(drawPause(failed(), 20, keptFor(1)), 0.25, 0.25);
  within(drawPause(new Error("a bug"), 1), 1, 2);
  const refused = new TokenError("refused", "invalid_client", "No", { status: 401 });
  within(drawPause(refused, 0, keptFor(8)), 5, 10);
  within(drawPause(refused, 9), 30, 60);
  assertEquals(drawPause(failed({ retry_after: 3000 }), 0), 3000);
  assertEquals(drawPause(failed({ retry_after: 9e9 }), 0), 3600);
});

Deno.test("watchToken renews a token of unknown life after some minutes", async () => {
  const { access_token, token_type } = TOKEN;
  const unknown = { access_token, token_type };
  const { asked, stderr } = await watched([unknown, { ...unknown, expires_in: 0 }]);
  const [first, second, third] = asked as [number, number, number];
  for (const pause of [second - first, third - second]) {
    assert(pause > 200 && pause < 300, `${pause}`);
  }
  assertEquals(stderr, "");
});

Deno.test("watchToken renews a token of unknown life by --default-lifetime", async () => {
  const { access_token, token_type } = TOKEN;
  const { asked } = await watched([{ access_token, token_type }, TOKEN], {
    "default-lifetime": "1000",
  });
  const pause = asked[1]! - asked[0]!;
  assert(pause >= 775 && pause <= 801, `${pause}`);
});

Deno.test("watchToken waits in steps, as a timer of more than 24 days would fire at once", async () => {
  const delays: number[] = [];
  const { asked } = await watched([(end) => {
    const { setTimeout } = globalThis;
    globalThis.setTimeout = ((run: () => void, delay: number) => {
      delays.push(delay);
      if (delays.length === 5) end();
      return setTimeout(run, delay);
    }) as typeof setTimeout;
    return { ...TOKEN, expires_in: 60 * 24 * 3600 };
  }]);
  assertEquals([asked.length, delays.length], [1, 5]);
  assert(delays.every((delay) => delay <= 60_000), `${delays}`);
});

Deno.test("watchToken does not ask without pause for tokens that hardly live", async () => {
  const token = { ...TOKEN, expires_in: 0.001 };
  const { asked } = await watched([token, token, token]);
  assert(asked[3]! >= 0.75, `${asked}`);
});

Deno.test("watchToken reads the secret anew for each renewal, and goes on if that fails once", async () => {
  const folder = await Deno.makeTempDir();
  const secret = `${folder}/secret`;
  await Deno.writeTextFile(secret, "one\n");
  const change = (text: string | undefined): Answer => () => {
    if (text === undefined) Deno.removeSync(secret);
    else Deno.writeTextFileSync(secret, text);
    return TOKEN;
  };
  const options = { folder };
  const flags = { "client-secret": undefined, "client-secret-file": secret };
  const { settings, code } = await watched([change("two"), change("three"), TOKEN], flags, options);
  assertEquals(code, 0);
  const secrets = settings.map(({ request }) => request.client_secret);
  assertEquals(secrets, ["one", "two", "three", "three"]);

  const restore = () => Deno.writeTextFileSync(secret, "four");
  const { settings: later, stderr } = await watched(
    [change(undefined), TOKEN],
    flags,
    { folder, onLine: restore },
  );
  const laterSecrets = later.map(({ request }) => request.client_secret);
  assertEquals(laterSecrets, ["three", "four", "four"]);
  assertMatch(
    stderr,
    /^error: The file of --client-secret-file cannot be read: [^\n]+; the next [^\n]+\n$/,
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("watchToken reads the assertion anew for each renewal", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/file`;
  const change = (text: string): Answer => () => {
    Deno.writeTextFileSync(file, text);
    return TOKEN;
  };
  await Deno.writeTextFile(file, "a.b.one");
  const { settings } = await watched([change("a.b.two"), TOKEN], {
    "client-secret": undefined,
    "client-assertion-file": file,
  }, { folder });
  const sent = await Promise.all(settings.map(async ({ request: { auth_method } }) => {
    const data = new URLSearchParams();
    assert(typeof auth_method === "function");
    await auth_method({ data, client_id: "id", token_url: "", headers: {} });
    return data.get("client_assertion");
  }));
  assertEquals(sent, ["a.b.one", "a.b.two", "a.b.two"]);
  await Deno.remove(folder, { recursive: true });
});

const KEY_ANEW = "watchToken reads the key anew for each renewal";
Deno.test(needs(KEY_ANEW, "npm:jose"), async () => {
  // The clock of the test does not wait until it is loaded.
  await loadJose();
  const folder = await Deno.makeTempDir();
  const file = `${folder}/file`;
  const key = (name: string) => Deno.readTextFileSync(pathOf(`tests/data/tls/${name}.key`));
  await Deno.writeTextFile(file, key("client"));
  const change = () => {
    Deno.writeTextFileSync(file, key("stranger"));
    return TOKEN;
  };
  const { settings } = await watched([change, TOKEN], {
    "client-secret": undefined,
    "client-key": file,
  }, { folder });
  const keys = settings.map(({ proof }) => proof?.sealKey);
  assertEquals(keys, [key("client"), key("stranger"), key("stranger")]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("watchToken writes what --output says, for its user alone", async () => {
  const folder = await Deno.makeTempDir();
  const read = async (output: Flags["output"]) => {
    const { contents } = await watched([TOKEN], { output }, { folder });
    return contents.at(-1);
  };
  assertEquals(await read("token"), "t1");
  assertEquals(await read(""), "t1");
  assertEquals(await read("header"), "Authorization: Bearer t1\n");
  assertEquals(await read("json"), `${JSON.stringify(TOKEN, null, 2)}\n`);
  if (Deno.build.os !== "windows") {
    assertEquals(Deno.statSync(`${folder}/token`).mode! & 0o777, 0o600);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("watchToken writes once and ends with --once", async () => {
  const { code, asked, contents, stdout, stderr } = await watched([TOKEN], { once: true });
  assertEquals([code, asked.length, stdout, stderr], [0, 1, "", ""]);
  assertEquals(contents, [undefined, "t1"]);
});

Deno.test("watchToken ends with the exit code of the failure with --once", async () => {
  const refused = new TokenError("refused", "invalid_client", "No", { status: 401 });
  const { code, asked, stderr } = await watched([refused], { once: true });
  assertEquals([code, asked.length], [1, 1]);
  assertMatch(stderr, /^error: No\nhint: Check id and secret; .*client_secret_basic\n$/);
  const json = await watched([failed()], { once: true }, { args: ["--errors=json"] });
  assertEquals([json.code, JSON.parse(json.stderr).code], [3, "connection_failed"]);
});

Deno.test("watchToken says what goes wrong in JSON, and when the next try is", async () => {
  const { stderr } = await watched([failed()], {}, { args: ["--errors", "json"] });
  const { next_try, code } = JSON.parse(stderr);
  assertEquals([next_try, code], [1, "connection_failed"]);
});

Deno.test("watchToken gives the hint in the same line", async () => {
  const refused = new TokenError("refused", "invalid_scope", "No", { status: 400 });
  const { stderr } = await watched([refused]);
  assertMatch(stderr, /^error: No \(Compare --scope with [^\n]+\); the next try is in \d+ s\n$/);
});

Deno.test("watchToken ends at once if what is given is wrong from the beginning", async () => {
  const { error, asked } = await watched([], { "token-url": "" });
  assert(error instanceof TokenError);
  assertEquals([error.code, asked.length], ["missing_credentials", 0]);
  const wrong = new TokenError("usage", "network_permission", "No");
  assertEquals((await watched([wrong])).error, wrong);
});

Deno.test("watchToken goes on after a wrong use once it has begun", async () => {
  const wrong = new TokenError("usage", "key_invalid", "The key is invalid");
  for (const first of [TOKEN, failed()]) {
    const { code, asked, stderr } = await watched([first, wrong, TOKEN]);
    assertEquals([code, asked.length], [0, 4]);
    assertMatch(stderr, /^error: The key is invalid; the next try is in \d+ s$/m);
  }
});

Deno.test("watchToken goes on after what should not happen", async () => {
  const { code, contents, stderr } = await watched([new TypeError("secret"), TOKEN]);
  assertEquals([code, contents.at(-1)], [0, "t1"]);
  assertMatch(stderr, /^error: Unexpected TypeError at \S+; please report it; the next [^\n]+\n$/);
});

Deno.test("watchToken ends while a request is under way, and says nothing", async () => {
  const { code, stderr, settings, contents } = await watched([TOKEN, (end) => {
    end();
    return new TokenError("unreachable", "aborted", "The request was aborted");
  }]);
  assertEquals([code, stderr, contents.at(-1)], [0, "", "t1"]);
  assertEquals(settings[1]!.options.signal?.aborted, true);
});

Deno.test("watchToken explains what it wrote and when it renews", async () => {
  const { stderr, path } = await watched([TOKEN], { explain: true });
  const [, expires, renewed, seconds] = stderr.match(
    /^\nThe token is in (?:\S+)\. It expires at (\S+); it is renewed at (\S+), in (\d+) s\.\n$/,
  )!;
  assert(stderr.includes(path));
  const difference = (Date.parse(expires!) - Date.parse(renewed!)) / 1000;
  assert(Math.abs(3600 - difference - Number(seconds)) <= 1, stderr);
  const { access_token, token_type } = TOKEN;
  const unknown = await watched([{ access_token, token_type }], { explain: true, once: true });
  assertMatch(unknown.stderr, /The server does not say when it expires; it is not renewed/);
});

// Deno lets the body of a `Response` that is made of a text be read twice.
const giveInput = (text: string) =>
  replace(Deno.stdin, { readable: ReadableStream.from([new TextEncoder().encode(text)]) });

Deno.test("watchToken remembers a secret that standard input gave", async () => {
  using _stdin = giveInput("from stdin\n");
  const flags = { "client-secret": undefined, "client-secret-file": "-" };
  const { settings, stderr } = await watched([TOKEN, TOKEN], flags);
  const secrets = settings.map(({ request }) => request.client_secret);
  assertEquals([secrets, stderr], [["from stdin", "from stdin", "from stdin"], ""]);
});

Deno.test("watchToken remembers what standard input gave if the issuer does not answer at first", async () => {
  using _stdin = giveInput("from stdin\n");
  let requests = 0;
  const issuer = "https://a.example";
  using _fetch = replace(globalThis, {
    fetch: () =>
      requests++ === 0
        ? Promise.reject(new TypeError("gone"))
        : Promise.resolve(Response.json({ issuer, token_endpoint: `${issuer}/token` })),
  });
  const { settings, stderr, code } = await watched([TOKEN, TOKEN], {
    issuer,
    retries: "0",
    "token-url": undefined,
    "client-secret": undefined,
    "client-secret-file": "-",
  });
  const secrets = settings.map(({ request }) => request.client_secret);
  assertEquals([code, secrets], [0, ["from stdin", "from stdin", "from stdin"]]);
  assertMatch(stderr, /^error: No answer from a\.example: gone[^\n]*; the next try is in 1 s\n$/);
});

Deno.test("watchToken says a warning once, until a renewal goes well without it", async () => {
  const lines = async (answers: Answer[], flags?: Flags) => {
    const { stderr } = await watched(answers, flags);
    return stderr.replace(/; the next .*/g, "").trim().split("\n");
  };
  const spaced = { "client-id": "id " };
  const ends = "warning: The client id ends in white space; remove it unless it is part of the id";
  assertEquals(await lines([TOKEN, TOKEN, TOKEN], spaced), [ends]);

  const narrow = () => {
    warn("narrow");
    return TOKEN;
  };
  const gone = () => failed();
  const said = "warning: narrow";
  const error = "error: No answer from a.example: gone";
  assertEquals(await lines([narrow, narrow, gone, narrow]), [said, error]);
  assertEquals(await lines([narrow, TOKEN, narrow, narrow]), [said, said]);
});

for (
  const [flags, code] of [
    [{ watch: undefined, once: true }, "flag_incomplete"],
    [{ watch: "" }, "flag_needs_value"],
    [{ cache: "folder" }, "flags_conflict"],
    [{ refresh: true }, "flags_conflict"],
    [{ output: "kubernetes" }, "flags_conflict"],
  ] as [Flags, string][]
) {
  Deno.test(`watchToken refuses ${JSON.stringify(flags)}`, async () => {
    const all = { ...CLIENT, watch: "token", ...flags };
    const never = () => Promise.reject(new Error("not called"));
    const error = await assertRejects(() => watchToken([], all, never), TokenError);
    assertEquals([error.kind, error.code], ["usage", code]);
  });
}

Deno.test("watchToken refuses a cache that the environment names", async () => {
  const { error, asked } = await watched([], {}, { env: { TOKEN_CACHE: "folder" } });
  assert(error instanceof TokenError);
  assertEquals([error.code, asked.length], ["flags_conflict", 0]);
});

Deno.test("watchToken refuses an assertion from standard input, unless it writes once", async () => {
  const env = { CLIENT_ASSERTION_FILE: "-" };
  const flags = { "client-secret": undefined };
  for (
    const { error, asked } of [
      await watched([], { ...flags, "client-assertion-file": "-" }),
      await watched([], flags, { env }),
    ]
  ) {
    assert(error instanceof TokenError);
    assertEquals([error.code, asked.length], ["flags_conflict", 0]);
  }
  using _stdin = giveInput("a.b.c");
  const { code, contents } = await watched([TOKEN], { ...flags, once: true }, { env });
  assertEquals([code, contents.at(-1)], [0, "t1"]);
});

for (const granted of [["net"], ["net", "read"], ["net", "write"]] as (typeof GRANTED)[]) {
  Deno.test(`watchToken needs access to the folder of the file, not ${granted} alone`, async () => {
    const { error, folder, asked } = await watched([], {}, { granted });
    assert(error instanceof TokenError);
    assertEquals([error.code, error.path, asked.length], ["watch_permission", `${folder}/`, 0]);
  });
}

Deno.test("watchToken takes a file in the current folder for one in the folder .", async () => {
  using _world = replaceWorld({ granted: ["net"] });
  const never = () => Promise.reject(new Error("not called"));
  const error = await assertRejects(() => watchToken([], { watch: "token" }, never), TokenError);
  assertEquals(error.path, ".");
});

Deno.test("watchToken ends if the file cannot be written from the beginning, and later goes on", async () => {
  const folder = await Deno.makeTempDir();
  const watch = `${folder}/new/token`;
  const { error } = await watched([TOKEN], { watch }, { folder });
  assert(error instanceof TokenError);
  assertEquals([error.code, error.path], ["file_unwritable", watch]);
  assert(error.message.startsWith(`${watch} cannot be written: `), error.message);

  Deno.mkdirSync(`${folder}/new`);
  const { code, contents, stderr } = await watched(
    [
      TOKEN,
      () => {
        // Now a folder has the name of the file.
        Deno.removeSync(watch);
        Deno.mkdirSync(watch);
        return TOKEN;
      },
      () => {
        Deno.removeSync(watch);
        return { ...TOKEN, access_token: "t3" };
      },
    ],
    { watch },
    { folder },
  );
  assertEquals([code, contents.at(-1)], [0, "t3"]);
  assertMatch(stderr, /^error: \S+ cannot be written: [^\n]+; the next try is in 1 s\n$/);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("watchToken removes what a process left that ended while it wrote, and nothing else", async () => {
  const folder = await Deno.makeTempDir();
  const old = new Date(Date.now() - 60_000);
  const names = [
    `token.${UUID}.tmp`,
    `token.${UUID.replace("0", "f")}.tmp`,
    `other.${UUID}.tmp.txt`,
    `token2.${UUID}.txt`,
    "token.tmp",
  ];
  for (const name of names) await Deno.writeTextFile(`${folder}/${name}`, "");
  for (const name of names.filter((_, i) => i !== 1)) Deno.utimeSync(`${folder}/${name}`, old, old);
  using _world = replaceWorld({ granted: GRANTED });
  await watchToken(
    [],
    { ...CLIENT, watch: `${folder}/token`, once: true },
    () => Promise.resolve(TOKEN),
  );
  const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  assertEquals(left, [...names.slice(1), "token"].sort());
  await Deno.remove(folder, { recursive: true });
});

Deno.test(needs("watchToken replaces a symbolic link, not what it leads to", "Linux"), async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/other`, "mine");
  await Deno.symlink("other", `${folder}/token`);
  await watched([TOKEN], {}, { folder });
  assertEquals(Deno.readTextFileSync(`${folder}/other`), "mine");
  assertEquals(Deno.lstatSync(`${folder}/token`).isFile, true);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("watchToken closes the connections with a certificate after each request", async () => {
  const { createHttpClient } = Deno;
  let open = 0;
  const openDuring: number[] = [];
  using _deno = replace(Deno, {
    createHttpClient: (options) => {
      const client = createHttpClient(options);
      const close = client.close.bind(client);
      open++;
      return Object.assign(client, {
        close() {
          open--;
          close();
        },
      });
    },
  });
  const noteOpen = (outcome: TokenResponse | Error): Answer => () => {
    openDuring.push(open);
    return outcome;
  };
  const path = (name: string) => pathOf(`tests/data/tls/${name}`);
  const flags: Flags = {
    "client-secret": undefined,
    "auth-method": "tls_client_auth",
    "client-cert": path("client.pem"),
    "client-key": path("client.key"),
  };
  const { code } = await watched([noteOpen(TOKEN), noteOpen(failed()), noteOpen(TOKEN)], flags);
  assertEquals([code, openDuring, open], [0, [1, 1, 1], 0]);
});
