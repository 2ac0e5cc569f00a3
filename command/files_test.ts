import { assert, assertEquals, assertRejects } from "@std/assert";
import { askSecret, readEnvFile, readFile, readSecret } from "./files.ts";
import { needs } from "../tests/support/needs.ts";
import { withFiles } from "../tests/support/command.ts";
import { capture, replace, replaceWorld } from "../tests/support/run_main.ts";
import { TokenError } from "../token.ts";

const isWindows = Deno.build.os === "windows";

for (
  const [text, variables] of [
    ["", {}],
    ["A='x' # it's", { A: "x" }],
    ["A='x'#c\r\n", { A: "x" }],
    ['A="it\'s"', { A: "it's" }],
    // As .env.example says; one backslash before an "n" would make a line break.
    [`A="'\\\\n\\\\"`, { A: "'\\n\\" }],
    ["A='a\"b'\nB='c'", { A: 'a"b', B: "c" }],
    ["A='several\nlines'\nB='c'", { A: "several\nlines", B: "c" }],
    ["A=it's", { A: "it's" }],
    ["# A='it's'\nA=''", { A: "" }],
    ["A=\nB= \nC=3", { A: "", B: "", C: "3" }],
    ["A=$B\nB='${A:-$B}$$'\nC=\"\\$B\"", { A: "$B", B: "${A:-$B}$$", C: "\\$B" }],
    [`A='${"x".repeat(65_000)}'`, { A: "x".repeat(65_000) }],
    ["A=b#c\nCLIENT_ID=a #b", { A: "b", CLIENT_ID: "a" }],
    ["CLIENT_ID='a#b'#c\nCLIENT_SECRET=\"a#b\"\n", { CLIENT_ID: "a#b", CLIENT_SECRET: "a#b" }],
    ["# CLIENT_ID=a#b\n#CLIENT_ID=a#b\nA='\nCLIENT_ID=a#b'", { A: "CLIENT_ID=a#b" }],
  ] as [string, Record<string, string>][]
) {
  Deno.test(`readEnvFile reads ${JSON.stringify(text.slice(0, 30))}`, async () => {
    await withFiles({ "x.env": text }, async (cwd) => {
      assertEquals(await readEnvFile(`${cwd}/x.env`), variables);
    });
  });
}

const MISQUOTED = ["'it's", "'it's'", '"a"b', '"a\\"b" c', "'open", '"open\\"', "'a\nB='b'"];
for (
  const text of [
    ...MISQUOTED.map((value) => `export  NAME = ${value}`),
    ...["NAME='it's'", "NAME =  'it's'", "B=1\nNAME='it's'"],
  ]
) {
  Deno.test(`readEnvFile refuses the quotes of ${JSON.stringify(text)}`, async () => {
    await withFiles({ "x.env": text }, async (cwd) => {
      const error = await assertRejects(() => readEnvFile(`${cwd}/x.env`), TokenError);
      assertEquals(error.kind, "usage");
      assert(error.message.includes("x.env: NAME has a quote too many or too few"), error.message);
      assert(!error.message.includes("open") && !error.message.includes("it's"), error.message);
    });
  });
}

for (
  const [text, name] of [
    ["CLIENT_SECRET=s3cr3t#1", "CLIENT_SECRET"],
    ["export CLIENT_ID = a b#c # d", "CLIENT_ID"],
    ["A='b'\r\nTOKEN_URL=https://a.example/#b\r\n", "TOKEN_URL"],
    ["SCOPE=#all", "SCOPE"],
    ["PARAMS=a=b##", "PARAMS"],
  ] as const
) {
  Deno.test(`readEnvFile says to quote the # of ${JSON.stringify(text)}`, async () => {
    await withFiles({ "x.env": text }, async (cwd) => {
      const { code, message } = await assertRejects(
        () => readEnvFile(`${cwd}/x.env`),
        TokenError,
      );
      const says = `${name} has a # in it; put its value between ', or a space before a comment`;
      assertEquals([code, message], ["env_file_hash", `${cwd}/x.env: ${says}`]);
    });
  });
}

Deno.test("readEnvFile warns of nothing, and leaves console.warn as it was", async () => {
  const warnings: unknown[] = [];
  using _console = replace(console, { warn: (...args) => warnings.push(args) });
  const { warn } = console;
  await withFiles({ "x.env": "s3cr3t-1=s3cr3t-2\nA=1" }, async (cwd) => {
    assertEquals(await readEnvFile(`${cwd}/x.env`), { A: "1" });
  });
  assertEquals([warnings, console.warn], [[], warn]);
});

for (
  const [what, files, reason] of [
    ["does not exist", {}, "No such file or directory (os error 2)"],
    ["is not UTF-8", { "s3cr3t": "\ufffd" }, "it is not UTF-8 text"],
    ["is too long", { "s3cr3t": "#".repeat(65_537) }, "it is longer than 64 KiB"],
  ] as [string, Record<string, string>, string][]
) {
  Deno.test(`readEnvFile and readSecret refuse a file that ${what}`, async () => {
    await withFiles(files, async (cwd) => {
      const path = `${cwd}/s3cr3t`;
      const error = await assertRejects(() => readEnvFile(path), TokenError);
      const { kind, message } = await assertRejects(() => readSecret(path), TokenError);
      assertEquals(kind, "usage");
      // Windows says it in other words.
      if (!isWindows || !reason.startsWith("No such")) {
        assertEquals(error.message, `${path} cannot be read: ${reason}`);
        assertEquals(message, `The file of --client-secret-file cannot be read: ${reason}`);
      }
      // It may be the secret that was given in the place of its file.
      assert(!message.includes("s3cr3t"), message);
    });
  });
}

Deno.test("readSecret repeats no line of a secret given in the place of its file", async () => {
  const { message } = await assertRejects(() => readSecret("s3cr3t-1\ns3cr3t-2"), TokenError);
  assert(!message.includes("s3cr3t"), message);
});

for (
  const [what, bytes, reason] of [
    ["UTF-16 of PowerShell", [0xff, 0xfe, 0x41, 0, 0x3d, 0], "it is UTF-16 text"],
    ["UTF-16, big endian", [0xfe, 0xff, 0, 0x41, 0, 0x3d], "it is UTF-16 text"],
    ["UTF-16 without a mark", [0x41, 0, 0x3d, 0], "it is UTF-16 text"],
    ["a key in DER", [0x30, 0x81, 0x87, 0x02, 0x01, 0], "it is DER, and PEM is needed"],
    ["a short key in DER", [0x30, 0x2e, 0x02, 0x01, 0, 0xff], "it is DER, and PEM is needed"],
    ["PKCS#12", [0x30, 0x82, 9, 0xcf, 2, 1, 3, 0x30], "it is PKCS#12 (.p12, .pfx), and PEM is"],
    ["a short PKCS#12", [0x30, 0x7f, 2, 1, 3, 0xff], "it is PKCS#12 (.p12, .pfx), and PEM is"],
    ["a longer PKCS#12", [0x30, 0x81, 0x80, 2, 1, 3, 0xff], "it is PKCS#12 (.p12, .pfx), and"],
    ["PKCS#12 of unknown length", [0x30, 0x80, 2, 1, 3, 0x30], "it is PKCS#12 (.p12, .pfx), and"],
    ["a keystore of JCEKS", [0xce, 0xce, 0xce, 0xce, 0, 0, 0, 2], "it is a Java keystore, and"],
    ["no keystore", [0xce, 0xce, 0xce, 0xcf, 0, 0, 0, 2], "it is not UTF-8 text"],
    ["a Java keystore", [0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2], "it is a Java keystore, and PEM is"],
    ["an image", [0x89, 0x50, 0x4e, 0x47], "it is not UTF-8 text"],
  ] as [string, number[], string][]
) {
  Deno.test(`readSecret says what it takes ${what} for`, async () => {
    await withFiles({}, async (cwd) => {
      await Deno.writeFile(`${cwd}/file`, new Uint8Array(bytes));
      const { message } = await assertRejects(() => readSecret(`${cwd}/file`), TokenError);
      assert(message.includes(`cannot be read: ${reason}`), message);
    });
  });
}

Deno.test("readEnvFile reads UTF-8 with a byte order mark, and the line ends of Windows", async () => {
  await withFiles({ "x.env": "\ufeffA=1\r\nB='2'\r\n" }, async (cwd) => {
    assertEquals(await readEnvFile(`${cwd}/x.env`), { A: "1", B: "2" });
  });
});

Deno.test("readEnvFile and readSecret refuse a folder", async () => {
  await withFiles({}, async (cwd) => {
    const name = "The file of --client-secret-file";
    const { message } = await assertRejects(() => readSecret(cwd), TokenError, name);
    assertEquals(message, `${name} cannot be read: it is a folder`);
    await assertRejects(() => readEnvFile(cwd), TokenError, " cannot be read: it is a folder");
  });
});

Deno.test(
  needs("readSecret refuses a device, but for an empty one", "a system other than Windows"),
  async () => {
    const { code, message } = await assertRejects(() => readSecret("/dev/zero"), TokenError);
    const name = "The file of --client-secret-file";
    assertEquals([code, message], ["file_not_plain", `${name} cannot be read: it is a device`]);
    await assertRejects(() => readSecret("/dev/null"), TokenError, `${name} contains no secret`);
    assertEquals(await readEnvFile("/dev/null"), {});
  },
);

Deno.test("readFile reads no more of a file than it may have", async () => {
  await withFiles({ "big": "" }, async (cwd) => {
    // Without blocks on the disk.
    await Deno.truncate(`${cwd}/big`, 2 ** 30);
    const before = Deno.memoryUsage().rss;
    const error = await assertRejects(() => readFile(`${cwd}/big`, "It"), TokenError);
    assertEquals([error.code, error.message], [
      "file_too_long",
      "It cannot be read: it is longer than 64 KiB",
    ]);
    assert(Deno.memoryUsage().rss - before < 2 ** 28);
  });
});

Deno.test(needs("readFile reads a pipe once", "mkfifo"), async () => {
  await withFiles({}, async (cwd) => {
    const path = `${cwd}/x.env`;
    await new Deno.Command("mkfifo", { args: [path] }).output();
    const reading = readEnvFile(path);
    const writer = await Deno.open(path, { write: true });
    await writer.write(new TextEncoder().encode("A=1\n"));
    writer.close();
    assertEquals(await reading, { A: "1" });
    assertEquals(await readFile(path, "It"), "A=1\n");
  });
});

Deno.test(needs("readFile says that nobody writes to a pipe (pipe_silent)", "mkfifo"), async () => {
  await withFiles({}, async (cwd) => {
    const path = `${cwd}/pipe`;
    await new Deno.Command("mkfifo", { args: [path] }).output();
    const waited: number[] = [];
    using _limit = replace(AbortSignal, {
      timeout: (milliseconds) => (waited.push(milliseconds), AbortSignal.abort()),
    });
    const { code, message } = await assertRejects(() => readFile(path, "It"), TokenError);
    const reason = "it is a pipe, and nothing came within 60 s";
    assertEquals([code, message, waited], [
      "pipe_silent",
      `It cannot be read: ${reason}`,
      [60_000],
    ]);
    // Lets go of the thread that still waits for a writer.
    (await Deno.open(path, { read: true, write: true })).close();

    using _open = replace(Deno, { open: () => Promise.reject(new Error("gone, open 'it'")) });
    using _time = replace(AbortSignal, { timeout: () => new AbortController().signal });
    const other = await assertRejects(() => readFile(path, "It"), TokenError);
    assertEquals([other.code, other.message], ["file_unreadable", "It cannot be read: gone"]);
  });
});

Deno.test("readSecret says what is wrong with standard input", async () => {
  using _world = replaceWorld();
  for (
    const [body, reason] of [
      [ReadableStream.from([Promise.reject(new Error("gone"))]), "gone"],
      [new Response("a".repeat(65_537)).body!, "it is longer than 64 KiB"],
      [new Response("a".repeat(2 ** 21)).body!, "it is longer than 64 KiB"],
    ] as const
  ) {
    using _stdin = replace(Deno.stdin as { readable: ReadableStream }, { readable: body });
    const { message } = await assertRejects(() => readSecret("-"), TokenError);
    assertEquals(message, `Standard input cannot be read: ${reason}`);
  }
});

Deno.test("readEnvFile and readSecret open nothing that they are not granted", async () => {
  using _world = replaceWorld();
  const read = () => Promise.reject(new Error("opened"));
  using _deno = replace(Deno, { open: read });
  await assertRejects(
    () => readEnvFile("a\x1b[31m\u202eb"),
    TokenError,
    "ab: read access was not granted",
  );
  const { message } = await assertRejects(() => readSecret("s3cr3t"), TokenError);
  assertEquals(message, "The file of --client-secret-file: read access was not granted");
});

for (
  const [text, secret] of [
    ["s3cr3t", "s3cr3t"],
    ["s3cr3t\n", "s3cr3t"],
    ["s3cr3t\r\n", "s3cr3t"],
    [" a\n\n", " a\n"],
    ["a\nb\n", "a\nb"],
    ["a\r", "a\r"],
  ] as const
) {
  Deno.test(`readSecret reads ${JSON.stringify(text)}`, async () => {
    await withFiles({ secret: text }, async (cwd) => {
      assertEquals(await readSecret(`${cwd}/secret`), secret);
    });
  });
}

for (const text of ["", "\n", "\r\n"]) {
  Deno.test(`readSecret finds no secret in ${JSON.stringify(text)}`, async () => {
    await withFiles({ secret: text }, async (cwd) => {
      const { kind, message } = await assertRejects(() => readSecret(`${cwd}/secret`), TokenError);
      const expected = "The file of --client-secret-file contains no secret";
      assertEquals([kind, message], ["usage", expected]);
    });
  });
}

Deno.test("readSecret reads standard input for -", async () => {
  using _world = replaceWorld();
  for (const [text, secret] of [["c d\r\n", "c d"], ["", undefined], ["\xff", undefined]]) {
    const bytes = Uint8Array.from(text!, (character) => character.charCodeAt(0));
    using _stdin = replace(Deno.stdin as { readable: ReadableStream }, {
      readable: new Response(bytes).body!,
    });
    if (secret) assertEquals(await readSecret("-"), secret);
    else await assertRejects(() => readSecret("-"), TokenError, "Standard input c");
  }
});

Deno.test("readSecret asks for - at a terminal, and ends with the terminal's input", async () => {
  const isRaw: boolean[] = [];
  using _terminal = replace(Deno.stdin, {
    isTerminal: () => true,
    setRaw: (raw) => void isRaw.push(raw),
    readSync: () => null,
  });
  using _stderr = replace(Deno.stderr, { isTerminal: () => true });
  using asked = capture("stderr");
  await assertRejects(() => readSecret("-"), TokenError, "Standard input contains no secret");
  assertEquals([isRaw, /client_secret: .*\n$/.test(asked.text)], [[true, false], true]);
});

Deno.test("readSecret reads a file at a terminal, too", async () => {
  using _terminal = replace(Deno.stdin, { isTerminal: () => true });
  await withFiles({ secret: "s3cr3t" }, async (cwd) => {
    assertEquals(await readSecret(`${cwd}/secret`), "s3cr3t");
  });
});

Deno.test("askSecret asks nobody without a terminal", async () => {
  using _world = replaceWorld();
  assertEquals(await askSecret("id"), undefined);
});
