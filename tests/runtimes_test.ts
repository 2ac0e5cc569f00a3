// The command in Deno and in Node.js: the same output, messages and exit codes.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createPrivateKey } from "node:crypto";
import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };
import { helpText } from "../command/help.ts";
import { assertOneRequest } from "./support/at_once.ts";
import {
  assertFails,
  type Outcome,
  PROJECT,
  runCommand,
  runCommands,
  type RunOptions,
  STD_FLAGS,
  withEndpoint,
  withFiles,
} from "./support/command.ts";
import { json, TOKEN } from "./support/stub_fetch.ts";
import { pem, startMtlsServer, TLS } from "./support/mtls_server.ts";
import { send, startRawServer } from "./support/raw_server.ts";
import { takeClosedPort } from "./support/loopback_server.ts";
import { findNameServer, findNode, needs, type Thing } from "./support/needs.ts";
import { asked, quote, runInTerminal, TERMINAL } from "./support/terminal.ts";

const node = await findNode();
await findNameServer();
const ALL = ["--allow-net", "--allow-env", "--allow-read"];
// Node.js starts in half the time if it keeps what it made of the TypeScript.
const NODE_COMPILE_CACHE = Deno.makeTempDirSync();
addEventListener("unload", () => Deno.removeSync(NODE_COMPILE_CACHE, { recursive: true }));
const CREDENTIALS = ["TOKEN_URL", "CLIENT_ID", "CLIENT_SECRET"];

/** A runtime, and how the tests run the command with it. */
interface Runtime {
  node?: string;
  isNode: boolean;
  run(args: string[], options?: RunOptions): Promise<Outcome>;
  /** Runs it several times in one process. */
  runInARow: typeof runCommands;
  /** The words of a shell command. */
  words(args: string[]): string[];
}

const IN_DENO = makeRuntime(false);
const IN_NODE = makeRuntime(true);

function makeRuntime(isNode: boolean): Runtime {
  const main = new URL("main.ts", PROJECT);
  const complete = (options?: RunOptions): RunOptions => ({
    permissions: ALL,
    ...options,
    node: isNode ? node : undefined,
    env: { ...options?.env, NODE_COMPILE_CACHE },
  });
  return {
    isNode,
    run: (args, options) => runCommand(args, complete(options)),
    runInARow: (runs, options) => runCommands(runs, complete(options)),
    words: (args) =>
      isNode
        ? [node, fileURLToPath(main), ...args]
        : [Deno.execPath(), "run", "-q", ...STD_FLAGS, ...ALL, `${main}`, ...args],
  };
}

/** A test for each runtime, which needs these things, too. */
function testBoth(
  name: string,
  work: (runtime: Runtime) => Promise<void>,
  ...things: Thing[]
): void {
  Deno.test(needs(`${name} in Deno`, ...things), () => work(IN_DENO));
  testNode(name, work, ...things);
}

/** A test for Node.js alone, of what another file tests in Deno. */
function testNode(
  name: string,
  work: (runtime: Runtime) => Promise<void>,
  ...things: Thing[]
): void {
  Deno.test(needs(`${name} in Node.js`, "Node.js 24", ...things), () => work(IN_NODE));
}

const explained: string[] = [];
testBoth("the command explains the demo", async ({ run }) => {
  const { code, stdout, stderr } = await run(["--demo", "--explain"]);
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /^practice-[\w-]+\n$/);
  explained.push(stderr.replace(/after \d+ ms/, ""));
  assertEquals(explained.at(-1), explained[0]);
});

testBoth("the command prints its help and its version", async ({ runInARow, isNode }) => {
  const [help, version] = await runInARow([["--help"], ["--version"]]);
  const stdout = `${helpText(true, isNode ? "node" : "deno")}\n`;
  assertEquals(help, { code: 0, stdout, stderr: "" });
  assertEquals(version, { code: 0, stdout: `${config.version}\n`, stderr: "" });
});

testBoth("the command says how to trust an authority", async ({ run, isNode }) => {
  const variable = isNode ? "NODE_EXTRA_CA_CERTS" : "DENO_CERT";
  assertFails(await run(["--insecure"]), 2, `to trust an authority, set ${variable}=FILE\n`);
});

testBoth("the command says what is missing, and names the demo", async ({ run }) => {
  const outcome = await run([]);
  assertFails(outcome, 2, "error: Missing TOKEN_URL, CLIENT_ID, CLIENT_SECRET\n");
  assertStringIncludes(outcome.stderr, "or put them in .env; or try it with --demo\n");
});

testBoth("the command takes flags, standard input, the environment and .env", async ({ run }) => {
  const [TOKEN_URL, CLIENT_ID, CLIENT_SECRET] = CREDENTIALS;
  await withEndpoint(json(TOKEN), async (_, forms, token_url) => {
    const env = { [TOKEN_URL!]: token_url, [CLIENT_ID!]: "environment" };
    const dotenv = `\ufeff${CLIENT_ID}=file\r\n${CLIENT_SECRET}="a # b"\r\nSCOPE='c d'\r\n`;
    await withFiles({ ".env": dotenv }, async (cwd) => {
      const outcomes = await Promise.all([
        run(["--client-id", "flag", "--client-secret-file", "-"], { cwd, env, stdin: "e\r\n" }),
        run([], { cwd, env }),
        run(["-o", "header"], { cwd, env: { [TOKEN_URL!]: token_url } }),
      ]);
      const printed = outcomes.map(({ stdout, stderr }) => stdout + stderr);
      const header = "Authorization: Bearer abc.DEF-123\n";
      assertEquals(printed, ["abc.DEF-123\n", "abc.DEF-123\n", header]);
    });
    const sent = forms.map((form) => [...form.values()].slice(1).join()).sort();
    assertEquals(sent, ["environment,a # b,c d", "file,a # b,c d", "flag,e,c d"]);
  });
});

testBoth(
  "the command reads .env and a secret from named pipes, as password managers make them",
  async ({ run }) => {
    await withEndpoint(json(TOKEN), async (_, forms, token_url) => {
      await withFiles({}, async (cwd) => {
        const paths = [`${cwd}/.env`, `${cwd}/secret`];
        await new Deno.Command("mkfifo", { args: paths }).output();
        const running = run([], { cwd });
        const texts = [
          `TOKEN_URL=${token_url}\nCLIENT_ID=a\nCLIENT_SECRET_FILE=secret\n`,
          "s3cr3t",
        ];
        for (const [i, path] of paths.entries()) await Deno.writeTextFile(path, texts[i]!);
        assertEquals(await running, { code: 0, stdout: "abc.DEF-123\n", stderr: "" });
      });
      assertEquals(forms.map((form) => form.get("client_secret")), ["s3cr3t"]);
    });
  },
  "mkfifo",
);

testBoth("the command refuses what is too long, and reads no more of it", async ({ runInARow }) => {
  await withFiles({ a: "", b: "" }, async (cwd) => {
    await Deno.truncate(`${cwd}/a`, 200 * 1024);
    await Deno.truncate(`${cwd}/b`, 2 ** 30);
    const outcomes = await runInARow(
      ["a", "b"].flatMap((file) => [[`--env-file=${file}`], [`--client-secret-file=${file}`]]),
      { cwd },
    );
    for (const outcome of outcomes) {
      assertFails(outcome, 2, "cannot be read: it is longer than 64 KiB");
    }
  });
});

testBoth("the command says what to do with a file that it cannot use", async ({ runInARow }) => {
  await withFiles({}, async (cwd) => {
    const utf16 = [..."\ufeffCLIENT_ID=a\r\n"].flatMap((c) => [c.charCodeAt(0) & 255, 0]);
    await Deno.writeFile(`${cwd}/a.env`, new Uint8Array([0xff, 0xfe, ...utf16.slice(2)]));
    const [encoded, missing] = await runInARow(
      [["--env-file=a.env"], ["--client-secret-file=missing"]],
      { cwd },
    );
    assertFails(encoded, 2, "a.env cannot be read: it is UTF-16 text, as PowerShell may write it");
    assertStringIncludes(encoded.stderr, "hint: Save it as UTF-8; in PowerShell: Set-Content");
    assertFails(missing, 2, "The file of --client-secret-file cannot be read: ");
    assertMatch(missing.stderr, /no such file or directory( \(os error 2\))?\n/i);
  });
});

testBoth("the command exits with the code of what went wrong", async ({ run }) => {
  const refusal = json({ error: "invalid_client" }, { status: 401 });
  await withEndpoint(refusal, async (flags) => {
    const outcome = await run([...flags, "--auth-method=client_secret_basic"]);
    assertFails(outcome, 1, "answered 401: invalid_client\nhint: Check id and secret; some");
  });
  await withEndpoint(() => new Response("<p>hi"), async (flags) => {
    assertFails(
      await run(flags),
      4,
      "answered 200 with text/plain;charset=UTF-8, not a JSON object",
    );
  });
});

testBoth("the command hints at what is wrong with a host", async ({ runInARow }) => {
  using listener = await takeClosedPort();
  const flags = ["--client-id=a", "--client-secret=s3cr3t", "--retries=0"];
  const [closed, unknown] = await runInARow([
    [`--token-url=https://localhost:${listener.port}/`, ...flags],
    ["--token-url=https://token.invalid/", ...flags],
  ]);
  assertFails(closed, 3, `No answer from localhost:${listener.port}: `);
  assertStringIncludes(closed.stderr, "hint: Nothing listens there; check the host and the port");
  assertFails(unknown, 3, "No answer from token.invalid: ");
  assertStringIncludes(unknown.stderr, "hint: Check the host name and the network");
}, "DNS without .invalid");

testBoth("the command uses the proxy, but not to this machine", async ({ run }) => {
  using closed = await takeClosedPort();
  const proxy = `http://127.0.0.1:${closed.port}`;
  const env = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy };
  await withEndpoint(json(TOKEN), async (flags) => {
    const outside = ["--token-url=https://a.example/", ...flags.slice(2), "--retries=0"];
    const [here, there] = await Promise.all([
      run(flags, { env: { ...env, NODE_USE_ENV_PROXY: "1" } }),
      run(outside, { env }),
    ]);
    assertEquals(here, { code: 0, stdout: "abc.DEF-123\n", stderr: "" });
    assertFails(there, 3, "No answer from a.example: ");
    assertStringIncludes(there.stderr, "HTTPS_PROXY");
  });
});

/** The key of the client's certificate, with the passphrase `s3cr3t`. */
function encryptedKey(): string {
  const encryption = { cipher: "aes-256-cbc", passphrase: "s3cr3t" } as const;
  const key = createPrivateKey(pem("client.key"));
  return `${key.export({ type: "pkcs8", format: "pem", ...encryption })}`;
}

/** Runs `work` in a folder with a key and a chain, and a server that wants the certificate in it. */
async function withClientFiles(
  isNode: boolean,
  work: (cwd: string, env: Record<string, string>) => Promise<void>,
): Promise<void> {
  await using server = await startMtlsServer();
  const files = { "key.pem": encryptedKey(), "chain.pem": pem("ca.pem") + pem("client.pem") };
  await withFiles(files, async (cwd) => {
    if (Deno.build.os !== "windows") await Deno.chmod(`${cwd}/key.pem`, 0o600);
    await work(cwd, {
      [isNode ? "NODE_EXTRA_CA_CERTS" : "DENO_CERT"]: fileURLToPath(new URL("ca.pem", TLS)),
      TOKEN_URL: `${server.origin}/`,
      CLIENT_ID: "a",
      CLIENT_CERT_FILE: `${cwd}/chain.pem`,
      AUTH_METHOD: "tls_client_auth",
    });
  });
}

testBoth(
  "the command shows a certificate that stands after its authority, with a key that is encrypted or of JSON",
  async ({ run, isNode }) => {
    await withClientFiles(isNode, async (cwd, env) => {
      const CLIENT_KEY = pem("client.key").replaceAll("\n", "\\n");
      const outcomes = await Promise.all([
        run(["--client-key-passphrase-file=-"], {
          cwd,
          env: { ...env, CLIENT_KEY_FILE: "key.pem" },
          stdin: "s3cr3t\n",
        }),
        run([], { cwd, env: { ...env, CLIENT_KEY } }),
        run([], {
          cwd,
          env: { ...env, CLIENT_CERT_FILE: "", CLIENT_CERT: pem("client.pem"), CLIENT_KEY },
        }),
      ]);
      for (const outcome of outcomes) {
        assertEquals(outcome, { code: 0, stdout: "abc\n", stderr: "" });
      }
    });
  },
);

testBoth("the command sends an assertion of standard input", async ({ run }) => {
  await withEndpoint(json(TOKEN), async (_, forms, token_url) => {
    const args = [`--token-url=${token_url}`, "--client-id=a", "--client-assertion-file=-"];
    const outcome = await run(args, { stdin: "a.b.c\n" });
    assertEquals([outcome.code, outcome.stderr], [0, ""]);
    assertEquals(forms[0]!.get("client_assertion"), "a.b.c");
  });
});

testBoth(
  "the command asks for the passphrase of a key, and shows nothing of it",
  async ({ words, isNode }) => {
    await withClientFiles(isNode, async (cwd, env) => {
      const command = quote(words([`--client-key=${cwd}/key.pem`]));
      const question = "passphrase of --client-key: ";
      const output = await runInTerminal(command, [question, "s3cr3t\r"], env);
      assertEquals(output, `${asked(question)}abc\n`);
      const wrong = await runInTerminal(command, [question, "wr0ng\r"], env);
      assertStringIncludes(wrong, "error: The private key cannot be opened with this passphrase");
      assertEquals(/wr0ng|BEGIN/.test(wrong), false, wrong);
    });
  },
  ...TERMINAL,
);

testBoth(
  "the command trusts a private authority that is named, and hints at how",
  async (runtime) => {
    const { run, isNode } = runtime;
    await using server = await startMtlsServer(false);
    const ca = fileURLToPath(new URL("ca.pem", TLS));
    const name = isNode ? "NODE_EXTRA_CA_CERTS" : "DENO_CERT";
    const flags = [`--token-url=${server.origin}/token`, "--client-id=a", "--client-secret=s3cr3t"];
    const [trusted, distrusted] = await Promise.all([
      run(flags, { env: { [name]: ca } }),
      run(flags),
    ]);
    assertEquals(trusted, { code: 0, stdout: "abc\n", stderr: "" });
    assertFails(distrusted, 3, "No answer from localhost:");
    assertMatch(
      distrusted.stderr,
      new RegExp(`hint: To trust a private authority, .*${name}=FILE`),
    );
    // Neither a wrong certificate nor a hint at it makes it try again.
    assert(!distrusted.stderr.includes("tries"), distrusted.stderr);
  },
);

testBoth("the command takes a proxy without http://, as other programs do", async (runtime) => {
  await using proxy = startRawServer(send("HTTP/1.1 403 Forbidden\r\n\r\n"));
  const env = { HTTPS_PROXY: `user:s3cr3t@${proxy.host}` };
  const flags = ["--token-url=https://a.example/", "--client-id=a", "--client-secret=b"];
  const outcome = await runtime.run([...flags, "--retries=0"], { env });
  assertFails(outcome, 3, "No answer from a.example: ");
  assertStringIncludes(outcome.stderr, "hint: Check HTTPS_PROXY");
  assert(!outcome.stderr.includes("s3cr3t"), outcome.stderr);
  assertMatch(proxy.requests.join(), /^CONNECT a.example:443 [^]*proxy-authorization: Basic /i);
});

testBoth("a certificate that signs itself is trusted, as its hint says", async (runtime) => {
  const { run, isNode } = runtime;
  const serve = (name: string) =>
    Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      cert: pem(`${name}.pem`),
      key: pem(`${name}.key`),
      onListen: () => {},
    }, json(TOKEN));
  await using plain = serve("self_signed");
  await using authority = serve("authority");
  const ask = (server: Deno.HttpServer<Deno.NetAddr>, name: string) => {
    const env = {
      [isNode ? "NODE_EXTRA_CA_CERTS" : "DENO_CERT"]: fileURLToPath(new URL(`${name}.pem`, TLS)),
    };
    const token_url = `https://localhost:${server.addr.port}/`;
    return run(["--client-id=a", "--client-secret=s3cr3t", `--token-url=${token_url}`], { env });
  };
  assertEquals((await ask(plain, "self_signed")).stdout, `${TOKEN.access_token}\n`);
  const outcome = await ask(authority, "authority");
  if (isNode) assertEquals(outcome.stdout, `${TOKEN.access_token}\n`);
  else {
    const options = "basicConstraints=critical,CA:FALSE -addext subjectAltName=DNS:localhost …";
    assertStringIncludes(outcome.stderr, `make one with: openssl req -x509 -addext ${options}\n`);
  }
});

testBoth(
  "an authority that the system trusts is trusted, as the hint says",
  async ({ run, isNode }) => {
    await using server = await startMtlsServer(false);
    const SSL_CERT_FILE = fileURLToPath(new URL("ca.pem", TLS));
    const env: Record<string, string> = isNode
      ? { SSL_CERT_FILE, NODE_USE_SYSTEM_CA: "1" }
      : { SSL_CERT_FILE, DENO_TLS_CA_STORE: "system" };
    const flags = ["--client-id=a", "--client-secret=b"];
    const outcome = await run([`--token-url=${server.origin}/`, ...flags], { env });
    assertEquals(outcome, { code: 0, stdout: "abc\n", stderr: "" });
  },
  "Linux",
);

testBoth("the command says what it is to every server", async ({ runInARow, isNode }) => {
  const agents: (string | null)[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (req) => {
    agents.push(req.headers.get("user-agent"));
    const { origin, pathname } = new URL(req.url);
    return Response.json(
      pathname === "/token" ? TOKEN : { issuer: origin, token_endpoint: `${origin}/token` },
    );
  });
  const origin = `http://127.0.0.1:${server.addr.port}`;
  await using tls = await startMtlsServer(false);
  const authority = fileURLToPath(new URL("ca.pem", TLS));
  const env = { [isNode ? "NODE_EXTRA_CA_CERTS" : "DENO_CERT"]: authority };
  await withFiles({ "key.pem": pem("client.key"), "cert.pem": pem("client.pem") }, async (cwd) => {
    await Deno.chmod(`${cwd}/key.pem`, 0o600);
    const client = ["--client-id=a", "--client-secret=b"];
    const cert = ["--client-id=a", "--client-key=key.pem", "--client-cert=cert.pem"];
    const outcomes = await runInARow([
      [`--token-url=${origin}/token`, ...client],
      [`--issuer=${origin}`, ...client],
      [`--token-url=${origin}/token`, ...client, "--header=User-Agent: mine"],
      [`--token-url=${tls.origin}/token`, ...cert, "--auth-method=tls_client_auth"],
    ], { cwd, env });
    assertEquals(outcomes.map(({ code }) => code), [0, 0, 0, 0], outcomes[3]!.stderr);
  });
  const own = `token/${config.version}`;
  assertEquals(agents, [own, own, own, "mine"]);
  assertEquals(tls.requests[0]!.agent, own);
}, "a system other than Windows");

testBoth("the command shows a client certificate", async ({ runInARow, isNode }) => {
  await using server = await startMtlsServer();
  const env = {
    [isNode ? "NODE_EXTRA_CA_CERTS" : "DENO_CERT"]: fileURLToPath(new URL("ca.pem", TLS)),
  };
  await withFiles({ "key.pem": pem("client.key"), "cert.pem": pem("client.pem") }, async (cwd) => {
    await Deno.chmod(`${cwd}/key.pem`, 0o600);
    const flags = [`--token-url=${server.origin}/token`, "--client-id=a", "--retries=0"];
    const proof = ["--auth-method=tls_client_auth", "--client-key=key.pem"];
    const at = (path: string) => [`--token-url=${server.origin}${path}`, ...flags.slice(1)];
    const [shown, packed, odd, wrong, none] = await runInARow([
      [...flags, ...proof, "--client-cert=cert.pem"],
      [...at("/gzip"), ...proof, "--client-cert=cert.pem"],
      [...at("/999"), ...proof, "--client-cert=cert.pem"],
      [...flags, ...proof, "--client-cert=key.pem"],
      [...flags, "--client-secret=s3cr3t"],
    ], { cwd, env });
    assertEquals(shown, { code: 0, stdout: "abc\n", stderr: "" });
    assertEquals(packed, shown);
    assertFails(odd, 1, "answered 999: ");
    assertFails(wrong, 2, "The certificate is not PEM");
    assertFails(none, 3, "No answer from localhost:");
  });
  assertEquals(server.requests.map(({ form }) => form.get("client_id")), ["a", "a", "a"]);
  assertMatch(server.requests[0]!.thumbprint!, /^[\w-]{43}$/);
}, "a system other than Windows");

testBoth("the command ends at a signal, and prints nothing", async ({ words }) => {
  const request = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    request.resolve();
    return answer.promise;
  });
  const flags = [`--token-url=http://127.0.0.1:${server.addr.port}/`, "--client-id=a"];
  const [command, ...args] = words([...flags, "--client-secret=s3cr3t", "--retries=0"]);
  const child = new Deno.Command(command!, { args, stdout: "piped", stderr: "piped" }).spawn();
  const output = child.output();
  await Promise.race([request.promise, output]);
  child.kill("SIGINT");
  const { signal, stdout, stderr } = await output;
  answer.resolve(new Response());
  assertEquals([signal, stdout.length, stderr.length], ["SIGINT", 0, 0]);
}, "a system other than Windows");

testBoth(
  "the command says when stdout cannot be written, or is not read",
  async ({ words, isNode }) => {
    const run = async (redirection: string) => {
      const { code, stderr } = await new Deno.Command("bash", {
        args: ["-c", `set -o pipefail; ${quote(words(["--demo"]))} ${redirection}`],
      }).output();
      return [code, new TextDecoder().decode(stderr).split("opens nothing.\n")[1]];
    };
    const redirections = [">/dev/full", "| true", "2>&- >/dev/null", ">&-", ">/dev/null"];
    const [full, unread, silent, closed, thrown] = await Promise.all(redirections.map(run));
    const [code, message] = full!;
    assertMatch(`${message}`, /^error: stdout cannot be written: .*no space left on device.*\n$/i);
    assertEquals([code, unread, silent], [70, [0, ""], [0, undefined]]);
    const warning = "warning: The token goes nowhere: stdout is closed, or the null device\n";
    assertEquals([closed, thrown], [[0, isNode ? warning : ""], [0, ""]]);
  },
  "Linux",
  "bash",
);

// In Deno: terminal_test.ts.
testNode("the command asks in a terminal, and hides what is typed", async ({ words }) => {
  await withEndpoint(json(TOKEN), async (flags, forms) => {
    const run = quote(words(flags.slice(0, 4)));
    const question = "client_secret of id: ";
    const output = await runInTerminal(`TOKEN=$(${run}); echo "$? [$TOKEN]"; stty -a`, [
      question,
      "wrong\x15sé creX\x7fT\r",
    ]);
    assertEquals(forms.map((form) => form.get("client_secret")), ["sé creT"]);
    assert(output.startsWith(`${asked(question)}0 [${TOKEN.access_token}]\nspeed `), output);
    for (const flag of [" echo ", " icanon ", "isig "]) assertStringIncludes(output, flag);

    const left = await runInTerminal(`TOKEN=$(${run}) || { echo "$? [$TOKEN]"; stty -a; }`, [
      question,
      "secret\x03",
    ]);
    assert(left.startsWith(`${asked(question)}130 []\nspeed `), left);
    for (const flag of [" echo ", " icanon ", "isig "]) assertStringIncludes(left, flag);
    assertEquals(forms.length, 1);
  });
}, ...TERMINAL);

testNode("the command drops the further lines of a paste", async ({ words }) => {
  await withEndpoint(json(TOKEN), async (flags, forms) => {
    const rest = `stty -icanon min 0 time 3; echo "rest: [$(cat)]"`;
    const paste = `secret\r${"echo pwned; \r".repeat(50)}`;
    const run = quote(words(flags.slice(0, 4)));
    const output = await runInTerminal(`${run}; ${rest}`, ["client_secret of id: ", paste]);
    assertStringIncludes(output, `${TOKEN.access_token}\nrest: []\n`);
    assertEquals(forms.map((form) => form.get("client_secret")), ["secret"]);
  });
}, ...TERMINAL);

Deno.test(
  needs("the demo's server in Node.js", "Node.js 24"),
  async () => {
    const server = fileURLToPath(new URL("lesson/practice_server.ts", PROJECT));
    const start = (...args: string[]) =>
      new Deno.Command(node, { args: [server, ...args], stdout: "piped", stderr: "piped" })
        .spawn();
    const child = start("--port", "0");
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value = "" } = await reader.read();
    const [url, port] = value.match(/http:\/\/127\.0\.0\.1:(\d+)\/oauth2\/token/)!;
    const { success, stderr } = await start("--port", port!).output();
    assertEquals(success, false);
    assertMatch(new TextDecoder().decode(stderr), /^error: .*EADDRINUSE/);
    const statuses: number[] = [];
    for (const init of [{}, { method: "POST" }, { method: "POST", body: "a=b" }]) {
      const response = await fetch(url, init);
      statuses.push(response.status);
      await response.body?.cancel();
    }
    const elsewhere = await fetch(new URL("/", url), { method: "HEAD" });
    await elsewhere.body?.cancel();
    child.kill();
    await reader.cancel();
    await child.stderr.cancel();
    await child.status;
    assertEquals([...statuses, elsewhere.status], [405, 400, 400, 404]);
  },
);

// In Deno: cache_test.ts.
testNode(
  "the command keeps its token with --cache, and five at once ask once",
  ({ run }) => assertOneRequest(5, run),
);
