// What the two files for the runtimes must have in common. Deno has the modules of Node.js, so that both
// can be tested here; tests/runtimes_test.ts runs the command in Node.js itself.

import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import fs from "node:fs";
import { Server as HttpServer } from "node:http";
import process from "node:process";
import { Readable } from "node:stream";
import tty from "node:tty";
import { withFiles } from "../tests/support/command.ts";
import { needs } from "../tests/support/needs.ts";
import { replace } from "../tests/support/run_main.ts";
import { pem, startMtlsServer } from "../tests/support/mtls_server.ts";
import { TokenError } from "../token.ts";
import * as deno from "./deno.ts";
import * as denoChild from "./deno_child.ts";
import * as host from "./runtime.ts";
import * as learn from "./learn_runtime.ts";
import * as node from "./node.ts";
import * as nodeChild from "./node_child.ts";
import { nodeFetch } from "./node_fetch.ts";
import { proxyEnvironment } from "./node_network.ts";

const BOTH = { deno, node } as Record<string, host.Host>;

const readAll = (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => new Response(stream).text();

Deno.test("load chooses the file for the runtime, and each has all that is asked of it", async () => {
  const all: [
    load: (isDeno: boolean) => Promise<unknown>,
    chosen: object,
    deno: object,
    node: object,
  ][] = [
    [host.load, host, deno, node],
    [learn.load, learn, denoChild, nodeChild],
  ];
  for (const [load, chosen, deno, node] of all) {
    assertEquals([await load(true), await load(false)], [deno, node]);
    const names = Object.keys(node).sort();
    assertEquals(Object.keys(deno).filter((name) => name !== "hideKeys").sort(), names);
    assertEquals(Object.keys(chosen).filter((name) => name !== "load").sort(), names);
  }
  assertEquals([host.runtime, deno.runtime, node.runtime], ["deno", "deno", "node"]);
  assertEquals([deno.usesStd(), node.usesStd(), node.isLocal()], [true, false, true]);
  assertEquals(node.isGranted({ name: "net", host: "a.example" }), true);
});

for (const [name, runtime] of Object.entries(BOTH)) {
  Deno.test(`${name}.ts reads the environment`, () => {
    assertEquals(runtime.readVariable("PATH"), Deno.env.get("PATH"));
    assertEquals(runtime.readVariable("NONE_OF_THIS_NAME"), undefined);
    const found = runtime.readVariables(["PATH", "NONE_OF_THIS_NAME"]);
    assertEquals([...found], [["PATH", Deno.env.get("PATH")]]);
  });

  Deno.test(`${name}.ts reads files`, async () => {
    await withFiles({ "a.txt": "text" }, async (cwd) => {
      const path = `${cwd}/a.txt`;
      const names = [path, cwd, `${cwd}/b.txt`];
      assertEquals(names.map(runtime.isFile), [true, false, false]);
      assertEquals(names.slice(0, 2).map(runtime.kindOf), ["file", "folder"]);
      assertThrows(() => runtime.kindOf(names[2]!), Error);
      const read = async (path: string, maxBytes: number) =>
        new TextDecoder().decode(
          await runtime.readBytes(path, maxBytes, new AbortController().signal),
        );
      assertEquals(await Promise.all([100, 4, 3].map((max) => read(path, max))), [
        "text",
        "text",
        "tex",
      ]);
      for (const name of names.slice(1)) await assertRejects(() => read(name, 100), Error);
      if (Deno.build.os === "windows") return;
      for (
        const [mode, isOpen] of [[0o600, false], [0o640, true], [0o601, true], [
          0o606,
          true,
        ]] as const
      ) {
        Deno.chmodSync(path, mode);
        assertEquals(runtime.isOpenToOthers(path), isOpen, `${mode}`);
      }
    });
  });

  Deno.test(`${name}.ts writes and locks files`, async () => {
    await withFiles({}, async (cwd) => {
      const [folder, path] = [`${cwd}/a/b`, `${cwd}/a/b/c`];
      await runtime.makeFolder(folder);
      await runtime.makeFolder(folder);
      assertEquals(await runtime.infoOf(path), undefined);
      await runtime.replaceFile(path, "old", `${path}.tmp`);
      await runtime.replaceFile(path, "new!", `${path}.tmp`);
      assertEquals(await runtime.readSmallFile(path), "new!");
      assertEquals(await runtime.listFolder(folder), ["c"]);
      if (Deno.build.os !== "windows") {
        const { mode, size, modified } = (await runtime.infoOf(path))!;
        assertEquals([mode, size], [0o600, 4]);
        assert(Math.abs(Date.now() - modified) < 60_000, `${modified}`);
        assertEquals((await runtime.infoOf(folder))?.mode, 0o700);
        await Deno.chmod(folder, 0o757);
        assertEquals((await runtime.infoOf(folder))?.mode, 0o757);
      }
      await assertRejects(() => runtime.replaceFile(folder, "x", `${path}.tmp`), Error);
      await assertRejects(() => runtime.infoOf(`${path}/d`), Error);
      await assertRejects(() => runtime.removeFile(`${cwd}/a`), Error);
      await Deno.writeTextFile(`${path}.tmp`, "");
      await assertRejects(() => runtime.replaceFile(path, "x", `${path}.tmp`), Error);
      await runtime.removeFile(path);
      await runtime.removeFile(path);
      assertEquals(await runtime.listFolder(folder), []);

      const [lock, other] = [await runtime.openLockFile(path), await runtime.openLockFile(path)];
      assertEquals([await lock.tryLock(), await other.tryLock()], [true, false]);
      // Closing what has no lock gives back nobody's.
      (await runtime.openLockFile(path)).close();
      assertEquals(await other.tryLock(), false);
      lock.close();
      assertEquals(await other.tryLock(), true);
      other.close();
      // A program that ends now leaves nothing behind.
      assertEquals(await runtime.infoOf(`${path}-node`), undefined);
    });
  });

  const PIPE = needs(`${name}.ts waits for what is written to a pipe, and no longer`, "mkfifo");
  Deno.test(PIPE, async () => {
    await withFiles({}, async (cwd) => {
      const path = `${cwd}/pipe`;
      await new Deno.Command("mkfifo", { args: [path] }).output();
      assertEquals([runtime.isFile(path), runtime.kindOf(path)], [true, "pipe"]);
      assertEquals((await runtime.infoOf(path))?.kind, "pipe");

      const end = new AbortController();
      const unwritten = runtime.readBytes(path, 100, end.signal);
      end.abort(new Error("too late"));
      await assertRejects(() => unwritten, Error, "too late");
      // Lets go of Deno's thread, which still waits for a writer.
      (await Deno.open(path, { read: true, write: true })).close();

      const read = runtime.readBytes(path, 100, new AbortController().signal);
      const writer = await Deno.open(path, { write: true });
      await writer.write(new TextEncoder().encode("te"));
      // Long enough for a reader that takes a pause for the end.
      await new Promise((resolve) => setTimeout(resolve, 50));
      await writer.write(new TextEncoder().encode("xt"));
      writer.close();
      assertEquals(new TextDecoder().decode(await read), "text");
    });
  });

  Deno.test(`${name}.ts makes no fetch of a key that is not the certificate's`, () => {
    const make = (cert: string, key: string) => () => runtime.createTlsFetch(pem(cert), pem(key));
    for (const certificate of ["client.key", "other.pem"]) {
      assertEquals(assertThrows(make(certificate, "client.key"), TokenError).kind, "usage");
    }
  });

  Deno.test(`${name}.ts shows a client certificate, and trusts further authorities`, async () => {
    await using server = await startMtlsServer();
    using distrustful = runtime.createTlsFetch(pem("client.pem"), pem("client.key"));
    await assertRejects(() => distrustful(server.origin, {}), Error);
    using fetch = runtime.createTlsFetch(pem("client.pem"), pem("client.key"), [pem("ca.pem")]);
    const init = { method: "POST", body: new URLSearchParams({ a: "ä" }) };
    const { access_token } = await (await fetch(`${server.origin}/x`, init)).json();
    const [{ path, form, thumbprint } = {}] = server.requests;
    assertEquals([access_token, path, form?.get("a"), thumbprint?.length], ["abc", "/x", "ä", 43]);
  });

  Deno.test(`${name}.ts shows a client certificate with all that fetch takes`, async () => {
    await using server = await startMtlsServer();
    using fetch = runtime.createTlsFetch(pem("client.pem"), pem("client.key"), [pem("ca.pem")]);
    const url = `${server.origin}/x?y=1`;
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const post = { method: "POST", body: "a=b", headers };
    for (
      const [input, init] of [
        [url, post],
        [new URL(url), post],
        [new Request(url, post)],
        [new Request(url, { headers }), { method: "POST", body: "a=b" }],
      ] as const
    ) {
      const { access_token } = await (await fetch(input, init)).json();
      const { path, form, thumbprint } = server.requests.pop()!;
      assertEquals([access_token, path, `${form}`, thumbprint?.length], [
        "abc",
        "/x?y=1",
        "a=b",
        43,
      ]);
    }
    assertEquals((await (await fetch(new URL(url))).json()).issuer, server.origin);

    const packed = await fetch(`${server.origin}/gzip`, post);
    assertEquals((await packed.json()).access_token, "abc");
    const odd = await fetch(`${server.origin}/999`, post);
    assertEquals([odd.status, (await odd.json()).access_token], [999, "abc"]);

    const signal = AbortSignal.abort(new Error("enough"));
    await assertRejects(() => fetch(url, { signal }), Error, "enough");
    await assertRejects(() => fetch(new Request(url, { signal })), Error, "enough");
  });

  Deno.test(`${name}.ts serves, and names a port that is taken`, async () => {
    const seen: string[] = [];
    const server = await runtime.serve(0, async (request) => {
      const { pathname } = new URL(request.url);
      seen.push(`${request.method} ${pathname} ${request.headers.get("x-a")}`);
      return new Response(await request.text(), { status: 201, headers: { "x-b": "c" } });
    });
    const url = `http://127.0.0.1:${server.port}/path`;
    const answers = [{}, { method: "POST", body: "ä", headers: { "x-a": "b" } }].map(
      async (init) => {
        const response = await fetch(url, init);
        return [response.status, response.headers.get("x-b"), await response.text()];
      },
    );
    assertEquals(await Promise.all(answers), [[201, "c", ""], [201, "c", "ä"]]);
    assertEquals(seen.sort(), ["GET /path null", "POST /path b"]);
    if (Deno.build.os === "linux") {
      await assertRejects(() => Deno.connect({ hostname: "127.0.0.2", port: server.port }), Error);
    }
    const error = await assertRejects(
      () => runtime.serve(server.port, () => new Response()),
      Error,
    );
    assertEquals(error.name, "AddrInUse");
    await server[Symbol.asyncDispose]();
  });
}

Deno.test("nodeFetch makes no request if its signal has aborted", async () => {
  const request = () => {
    throw new Error("made");
  };
  const signal = AbortSignal.abort(new Error("enough"));
  const init = { headers: {}, body: new Uint8Array(), signal };
  await assertRejects(() => nodeFetch(request, "https://a.example/", init, {}), Error, "enough");
});

Deno.test("node.ts calls no other error of a server a port that is taken", async () => {
  const error = Object.assign(new Error("no"), { code: "EACCES" });
  using _server = replace(HttpServer.prototype, {
    listen(this: HttpServer) {
      this.emit("error", error);
      return this;
    },
  });
  const { name } = await assertRejects(() => node.serve(0, () => new Response()), Error, "no");
  assertEquals(name, "Error");
});

Deno.test("node.ts ends an answer that its handler cannot give", async () => {
  await using server = await node.serve(0, () => Promise.reject(new Error("no")));
  await assertRejects(() => fetch(`http://127.0.0.1:${server.port}/`), Error);
});

Deno.test("node.ts reports a variable that is not UTF-8", () => {
  using _env = replace(process, { env: { A: "\ufffd" } });
  const error = assertThrows(() => node.readVariable("A"), TokenError, "A is not UTF-8 text");
  assertEquals([error.kind, error.code], ["usage", "variable_not_text"]);
});

Deno.test("node.ts reads standard input", async () => {
  using _process = replace(process, {
    stdin: Readable.from([new Uint8Array([97, 98])]) as typeof process.stdin,
  });
  assertEquals(await readAll(node.openStdin()), "ab");
});

Deno.test("node.ts ends the program with a code", () => {
  const codes: unknown[] = [];
  const exit = (code: unknown) => void codes.push(code);
  using _process = replace(process, { exit: exit as typeof process.exit });
  node.exit(3);
  assertEquals(codes, [3]);
});

Deno.test("node.ts hides keys while it yields them, and shows them again", async () => {
  const modes: unknown[] = [];
  const stdin = Object.assign(Readable.from([[0xc3], [0xa4, 0x0d]].map((b) => new Uint8Array(b))), {
    setRawMode: (mode: boolean) => modes.push(mode),
    pause: () => modes.push("paused"),
  });
  using _process = replace(process, { stdin: stdin as unknown as typeof process.stdin });
  const keys: string[] = [];
  for await (const key of node.readKeys(() => modes.push("hidden"))) {
    keys.push(key);
    if (key.includes("\r")) break;
  }
  assertEquals([keys, modes], [["", "ä\r"], [true, "hidden", false, "paused"]]);
  // Destroyed, it could not have changed the mode; not paused, it would take what is for the shell.
  assertEquals(stdin.destroyed, false);
  // The terminal may be gone before a line is complete.
  assertEquals(await Array.fromAsync(node.readKeys(() => {})), []);
});

for (
  const [os, codes] of [["linux", [129, 130, 131, 143]], ["windows", [129, 130]]] as const
) {
  Deno.test(`deno.ts shows what is typed again when a signal ends the program, on ${os}`, async () => {
    const events: unknown[] = [];
    const listeners = new Map<string, () => void>();
    const stack = new DisposableStack();
    stack.use(replace(Deno, {
      build: { ...Deno.build, os },
      exit: (code) => void events.push(code) as never,
      addSignalListener: (name, listener) => void listeners.set(name, listener),
      removeSignalListener: (name) => void listeners.delete(name),
    }));
    stack.use(replace(Deno.stdin as typeof Deno.stdin, {
      setRaw: (mode) => events.push(mode),
      read: () => Promise.resolve(null),
    }));
    using _stubs = stack;
    await Array.fromAsync(
      deno.readKeys(() => events.push("hidden"), () => events.push("shown")),
    );
    assertEquals([listeners.size, events.splice(0)], [0, [true, "hidden", false, "shown"]]);

    for (const [i, code] of codes.entries()) {
      const keys = deno.readKeys(() => [...listeners.values()][i]!(), () => events.push("shown"));
      await Array.fromAsync(keys);
      assertEquals(events.splice(0), [true, false, "shown", code]);
    }
  });
}

Deno.test("isOutputLost of node.ts knows the null device that can be read, and a stream that is not there", async () => {
  const stats = (isDevice: boolean) => () => ({ isCharacterDevice: () => isDevice });
  const missing = () => {
    throw new Error("EBADF");
  };
  const unreadable = new Error("EBADF");
  for (
    const [fstatSync, error, length, expected] of [
      [stats(false), null, 0, false],
      [stats(true), unreadable, 0, false],
      [stats(true), null, 1, false],
      [stats(true), null, 0, true],
      [missing, null, 1, true],
    ] as const
  ) {
    const read = (...args: unknown[]) => (args.at(-1) as typeof reply)(error, length);
    const reply = (_error: Error | null, _length: number) => {};
    using _fs = replace(fs, { fstatSync, read } as unknown as Partial<typeof fs>);
    assertEquals(await node.isOutputLost(), expected);
  }
});

Deno.test("proxyEnvironment completes the URLs of proxies, and repeats none that is wrong", () => {
  for (
    const [value, expected] of [
      ["proxy.example:8080", "http://proxy.example:8080"],
      ["u:p@127.0.0.1:1", "http://u:p@127.0.0.1:1"],
      ["https://proxy.example", "https://proxy.example"],
      ["", ""],
    ] as const
  ) {
    const env = { https_proxy: value, HTTP_PROXY: value, NO_PROXY: "a.example" };
    assertEquals(proxyEnvironment(env), { ...env, https_proxy: expected, HTTP_PROXY: expected });
  }
  const wrong = { HTTPS_PROXY: "http://u:s3cr3t@a b/" };
  const error = assertThrows(() => proxyEnvironment(wrong), TokenError);
  const message = "HTTPS_PROXY must be a URL, such as http://proxy.example:8080";
  assertEquals([error.code, error.message], ["proxy_invalid", message]);
});

Deno.test("node.ts writes all of a text, even if a pipe is full meanwhile", () => {
  const written: string[] = [];
  const fail = (code: string) => {
    throw Object.assign(new Error(code), { code });
  };
  const write = (work: (calls: number) => number) => {
    let calls = 0;
    const writeSync = (_: number, bytes: Uint8Array) => {
      const count = work(++calls);
      written.push(new TextDecoder().decode(bytes.subarray(0, count)));
      return count;
    };
    using _fs = replace(fs, { writeSync: writeSync as typeof fs.writeSync });
    return node.writeText("stdout", "token\n");
  };
  assertEquals(write((calls) => calls === 2 ? fail("EAGAIN") : 3), true);
  assertEquals(written, ["tok", "en\n"]);
  assertEquals(write(() => fail("EPIPE")), false);
  assertThrows(() => write(() => fail("ENOSPC")), Error, "ENOSPC");
});

Deno.test("node.ts fetches, and gives one reason where there are several", async () => {
  const failures = [
    new TypeError("fetch failed", {
      cause: new AggregateError([new Error("one"), new Error("2")]),
    }),
    new TypeError("other"),
  ];
  for (const [i, message] of ["one", "other"].entries()) {
    using _fetch = replace(globalThis, { fetch: () => Promise.reject(failures[i]) });
    await assertRejects(() => node.ownFetch("https://a.example/", {}), Error, message);
  }
  using _fetch = replace(globalThis, { fetch: () => Promise.resolve(new Response("body")) });
  assertEquals(await (await node.ownFetch("https://a.example/", {})).text(), "body");
});

Deno.test("node.ts styles text only for a terminal, and not with NO_COLOR", () => {
  for (
    const [terminal, NO_COLOR, isStyled] of [
      [2, "", true],
      [2, "1", false],
      [1, "", false],
    ] as const
  ) {
    using _tty = replace(tty, { isatty: (descriptor) => descriptor === terminal });
    using _env = replace(process, { env: { NO_COLOR } });
    assertEquals(node.isStyled(), isStyled);
  }
});

Deno.test("node.ts takes the lock of a process that has ended and one that is old, and no other", async () => {
  await withFiles({}, async (cwd) => {
    const child = new Deno.Command(Deno.execPath(), { args: ["--version"], stdout: "null" })
      .spawn();
    await child.status;
    const path = `${cwd}/c.lock`;
    const lock = await node.openLockFile(path);
    for (const [owner, isFree] of [[child.pid, true], [Deno.pid, false], ["", false]] as const) {
      await Deno.writeTextFile(`${path}-node`, `${owner}`);
      // The first try only removes it.
      assertEquals([await lock.tryLock(), await lock.tryLock()], [false, isFree]);
      if (!isFree) continue;
      assertMatch(await Deno.readTextFile(`${path}-node`), new RegExp(`^${process.pid} `));
      const { mode } = await Deno.stat(`${path}-node`);
      if (Deno.build.os !== "windows") assertEquals(Number(mode) & 0o777, 0o600);
    }
    // It may have the number of one that was killed, or was written to a full disk.
    for (
      const [owner, age, isFree] of [
        ...[[Deno.pid, 20, false], [Deno.pid, -20, false], [Deno.pid, 31, true]],
        ...[[Deno.pid, -60, true], ["", 1, true], ["", -20, true], ["x", 1, true]],
      ]
    ) {
      await Deno.writeTextFile(`${path}-node`, `${owner}`);
      const time = new Date(Date.now() - 1000 * Number(age));
      await Deno.utime(`${path}-node`, time, time);
      assertEquals([await lock.tryLock(), await lock.tryLock()], [false, isFree]);
    }
    await assertRejects(async () => await (await node.openLockFile(`${cwd}/d/e`)).tryLock(), Error);
  });
});

Deno.test("node.ts does not give back a lock that another process has taken over", async () => {
  await withFiles({}, async (cwd) => {
    const path = `${cwd}/c.lock`;
    const [slow, next] = [await node.openLockFile(path), await node.openLockFile(path)];
    assertEquals(await slow.tryLock(), true);
    const old = new Date(Date.now() - 31_000);
    await Deno.utime(`${path}-node`, old, old);
    assertEquals([await next.tryLock(), await next.tryLock()], [false, true]);
    slow.close();
    assertEquals(await slow.tryLock(), false);
    next.close();
    assertEquals(await slow.tryLock(), true);
  });
});

Deno.test("node.ts finds no modes of files on Windows", async () => {
  await withFiles({ "a.txt": "text" }, async (cwd) => {
    using _platform = replace(process, { platform: "win32" });
    assertEquals((await node.infoOf(`${cwd}/a.txt`))?.mode, 0);
    assertEquals(node.isOpenToOthers(`${cwd}/a.txt`), false);
  });
});

Deno.test("deno.ts calls a listener when the program is told to end, until it is disposed of", () => {
  for (
    const [os, expected] of [["linux", ["SIGINT", "SIGTERM"]], ["windows", ["SIGINT"]]] as const
  ) {
    const listeners = new Map<string, () => void>();
    let calls = 0;
    const stack = new DisposableStack();
    stack.use(replace(Deno, {
      build: { ...Deno.build, os },
      addSignalListener: (name, listener) => void listeners.set(name, listener),
      removeSignalListener: (name, listener) => {
        if (listeners.get(name) === listener) listeners.delete(name);
      },
    }));
    using _stubs = stack;
    const listening = deno.whenToldToEnd(() => calls++);
    assertEquals([...listeners.keys()], [...expected]);
    for (const listener of listeners.values()) listener();
    assertEquals(calls, expected.length);
    listening[Symbol.dispose]();
    assertEquals(listeners.size, 0);
  }
});

Deno.test("node.ts calls a listener when the program is told to end, until it is disposed of", () => {
  const listeners = new Map<string, () => void>();
  let calls = 0;
  using _process = replace(process, {
    on: ((name: string, listener: () => void) => listeners.set(name, listener)) as never,
    off: ((name: string) => listeners.delete(name)) as never,
  });
  const listening = node.whenToldToEnd(() => calls++);
  assertEquals([...listeners.keys()], ["SIGINT", "SIGTERM"]);
  for (const listener of listeners.values()) listener();
  assertEquals(calls, 2);
  listening[Symbol.dispose]();
  assertEquals(listeners.size, 0);
});
