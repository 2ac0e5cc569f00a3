import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { readEnvFile } from "./files.ts";
import {
  assertFails,
  ENV,
  json,
  NET,
  OFFLINE,
  PROJECT,
  runCommand,
  STD_FLAGS,
  TOKEN,
  withEndpoint,
  withFiles,
} from "../tests/testing.ts";
import { TokenError } from "../token.ts";

const isWindows = Deno.build.os === "windows";

for (const [what, permission] of [["environment", ENV], [".env", "--allow-read=.env"]] as const) {
  Deno.test(`the command names what is missing when it may read the ${what}`, async () => {
    const outcome = await runCommand([], { permissions: [NET, permission] });
    assertFails(outcome, 2, "Missing TOKEN_URL, CLIENT_ID, CLIENT_SECRET");
    const ways = ["--token-url", "--client-id", "--client-secret-file", "set TOKEN_URL,", ".env"];
    for (const way of ways) assertStringIncludes(outcome.stderr, way);
    const read = permission !== ENV;
    assertEquals(/add --allow-read=\.env/.test(outcome.stderr), !read);
    assertEquals(/add --allow-env=/.test(outcome.stderr), read);
  });
}

Deno.test("the command names what is missing beside a flag, even an empty one", async () => {
  assertFails(await runCommand(["--client-id", "x"]), 2, "Missing TOKEN_URL, CLIENT_SECRET\n");
  assertFails(
    await runCommand(["--client-id", ""]),
    2,
    "Missing TOKEN_URL, CLIENT_ID, CLIENT_SECRET",
  );
});

Deno.test("the command asks nobody for a missing secret outside a terminal", async () => {
  const flags = ["--token-url=https://a.example/", "--client-id=a"];
  assertFails(await runCommand(flags, { stdin: "secret\n" }), 2, "Missing CLIENT_SECRET");
});

Deno.test("the command refuses a value that is not UTF-8", async () => {
  const flags = ["--token-url=https://a.example/", "--client-id=\ufffd", "--client-secret=b"];
  assertFails(await runCommand(flags), 2, "CLIENT_ID is not UTF-8 text");
});

Deno.test(
  { name: "the command refuses a variable that is not UTF-8", ignore: isWindows },
  async () => {
    const main = new URL("main.ts", PROJECT);
    const command = [Deno.execPath(), "run", "-q", ...STD_FLAGS, ENV, main].join(" ");
    const { code, stderr } = await new Deno.Command("sh", {
      args: ["-c", `CLIENT_ID=$(printf '\\377') ${command}`],
    }).output();
    assertStringIncludes(new TextDecoder().decode(stderr), "CLIENT_ID is not UTF-8 text");
    assertEquals(code, 2);
  },
);

Deno.test("the command takes a flag before the environment, and that before .env", async () => {
  await withEndpoint(json(TOKEN), async (_, forms, TOKEN_URL) => {
    const file = "CLIENT_ID=file\nCLIENT_SECRET=file\nSCOPE=file\nTOKEN_URL=https://a.example/\n";
    await withFiles({ ".env": file }, async (cwd) => {
      const env = { TOKEN_URL, CLIENT_ID: "variable", CLIENT_SECRET: "variable", SCOPE: "" };
      const permissions = [NET, ENV, "--allow-read=.env"];
      const { code } = await runCommand(["--client-id", "flag"], { permissions, env, cwd });
      assertEquals(code, 0);
      assertEquals(Object.fromEntries(forms[0]!), {
        grant_type: "client_credentials",
        client_id: "flag",
        client_secret: "variable",
        scope: "file",
      });
    });
  });
});

Deno.test("the command reads .env as it is written, without expanding anything", async () => {
  await withEndpoint(json(TOKEN), async (_, forms, TOKEN_URL) => {
    const file =
      `TOKEN_URL=${TOKEN_URL}\n# a comment\nCLIENT_ID=a$HOME\${X:-y}$CLIENT_ID # more\n` +
      `CLIENT_SECRET='a#b$c "d" \\n'\nnot-a-name=secret\n`;
    await withFiles({ ".env": file }, async (cwd) => {
      const outcome = await runCommand([], { permissions: [NET, "--allow-read=.env"], cwd });
      assertEquals([outcome.code, outcome.stderr], [0, ""]);
      assertEquals(forms[0]!.get("client_id"), "a$HOME${X:-y}$CLIENT_ID");
      assertEquals(forms[0]!.get("client_secret"), 'a#b$c "d" \\n');
    });
  });
});

Deno.test("the command reads another file with --env-file", async () => {
  await withEndpoint(json(TOKEN), async (_, forms, token_url) => {
    const file = `TOKEN_URL=${token_url}\nCLIENT_ID=other\nCLIENT_SECRET=x`;
    await withFiles({ "other.env": file, ".env": "CLIENT_ID=wrong" }, async (cwd) => {
      const permissions = [NET, "--allow-read"];
      const { stdout } = await runCommand(["--env-file", "other.env"], { permissions, cwd });
      assertEquals([stdout, forms[0]!.get("client_id")], ["abc.DEF-123\n", "other"]);
    });
  });
});

Deno.test(
  { name: "the command refuses an --env-file that offline/ would misread", ignore: !OFFLINE },
  async () => {
    await withFiles({ "x.env": 'CLIENT_SECRET="s3cr3t\\t"' }, async (cwd) => {
      const permissions = [NET, "--allow-read"];
      const outcome = await runCommand(["--env-file", "x.env"], { permissions, cwd });
      assertFails(outcome, 2, "a value with backslashes or backticks needs single quotes");
      assertEquals(outcome.stderr.includes("s3cr3t"), false);
    });
  },
);

for (
  const [what, text] of [
    ["an apostrophe in a value in single quotes", "B=x\nCLIENT_SECRET='it's'\nC=y"],
    ["text after a value in quotes", "export CLIENT_SECRET = 's3cr3t'x"],
    ["a second value", "CLIENT_SECRET='s3cr3t' 's3cr3t'"],
    ["a quote in a value in double quotes", 'CLIENT_SECRET="a"b"'],
    ["a quote that is not closed", "CLIENT_SECRET='s3cr3t"],
    ["a quote that is closed lines below", "CLIENT_SECRET='s3cr3t\nB='y'"],
    ["a double quote that is not closed", 'CLIENT_SECRET="s3cr3t\nB=y\\"'],
  ] as const
) {
  Deno.test(`readEnvFile refuses ${what}, and repeats none of it`, async () => {
    await withFiles({ "x.env": text }, async (cwd) => {
      const path = `${cwd}/x.env`;
      const { kind, message } = await assertRejects(() => readEnvFile(path), TokenError);
      const said = "CLIENT_SECRET has a quote too many or too few; a value that holds ' goes " +
        'between "';
      assertEquals([kind, message], ["usage", `${path}: ${said}`]);
    });
  });
}

for (
  const [text, value] of [
    ["A='x' # it's", "x"],
    ["A='x'#c\r\n", "x"],
    ['A="it\'s"', "it's"],
    ["A='a\"b'\nB='c'", 'a"b'],
    ["A='several\nlines'\nB='c'", "several\nlines"],
    ["A=it's", "it's"],
    ["# A='it's'\nA=''", ""],
    [`A='${"x".repeat(1_000_000)}'`, "x".repeat(1_000_000)],
  ] as const
) {
  Deno.test(`readEnvFile reads ${JSON.stringify(text.slice(0, 30))}`, async () => {
    await withFiles({ "x.env": text }, async (cwd) => {
      assertEquals((await readEnvFile(`${cwd}/x.env`)).A, value);
    });
  });
}

Deno.test("the command repeats nothing of a .env that it cannot make sense of", async () => {
  await withEndpoint(json(TOKEN), async (flags) => {
    await withFiles({ ".env": "s3cr3t-1=s3cr3t-2\nCLIENT_ID=x" }, async (cwd) => {
      const { stdout, stderr } = await runCommand(flags, {
        permissions: [NET, "--allow-read"],
        cwd,
      });
      assertEquals([stdout, stderr], ["abc.DEF-123\n", ""]);
    });
  });
});

Deno.test("the command takes flags before --env-file, whatever its name", async () => {
  await withEndpoint(json(TOKEN), async (flags, forms) => {
    await withFiles({ 1: "CLIENT_ID=file", flags: "CLIENT_ID=file" }, async (cwd) => {
      for (const file of ["1", "flags"]) {
        const permissions = [NET, "--allow-read"];
        await runCommand([...flags, "--env-file", file], { permissions, cwd });
      }
      assertEquals(forms.map((form) => form.get("client_id")), ["id", "id"]);
    });
  });
});

Deno.test("the command reads an --env-file of nothing but newlines in little time", async () => {
  await withFiles({ "x.env": "\n".repeat(500_000) }, async (cwd) => {
    const started = performance.now();
    const permissions = [NET, "--allow-read"];
    const outcome = await runCommand(["--env-file", "x.env"], { permissions, cwd });
    assertFails(outcome, 2, "Missing TOKEN_URL");
    assertEquals(performance.now() - started < 5000, true);
  });
});

for (
  const [what, files, message] of [
    ["does not exist", {}, isWindows ? "" : "No such file or directory"],
    ["is no UTF-8", { "x.env": "\ufffd" }, "it is not UTF-8 text"],
    ["is 10 MiB long", { "x.env": "#".repeat(10 * 2 ** 20) }, "it is longer than 1 MiB"],
  ] as [string, Record<string, string>, string][]
) {
  Deno.test(`the command refuses an --env-file that ${what}`, async () => {
    await withFiles(files, async (cwd) => {
      const permissions = [NET, "--allow-read"];
      const outcome = await runCommand(["--env-file", "x.env"], { permissions, cwd });
      assertFails(outcome, 2, `x.env cannot be read: ${message}`);
    });
  });
}

Deno.test("the command refuses an --env-file that it may not read or that is a folder", async () => {
  assertFails(await runCommand(["--env-file", "x.env"]), 2, "--allow-read=x.env");
  const outcome = await runCommand(["--env-file", "."], { permissions: [NET, "--allow-read"] });
  assertFails(outcome, 2, isWindows ? ". cannot be read: " : ". cannot be read: Is a directory");
});

Deno.test("the command passes over a folder called .env", async () => {
  const cwd = await Deno.makeTempDir();
  await Deno.mkdir(`${cwd}/.env`);
  const outcome = await runCommand([], { permissions: [NET, "--allow-read"], cwd });
  await Deno.remove(cwd, { recursive: true });
  assertFails(outcome, 2, "Missing TOKEN_URL");
});

Deno.test("the command can use .env.example as .env", async () => {
  const example = await Deno.readTextFile(new URL(".env.example", PROJECT));
  await withFiles({ ".env": example }, async (cwd) => {
    const permissions = ["--allow-net=127.0.0.1", "--allow-read=.env"];
    // Access to the lesson's address is not granted: that shows that the file was read.
    assertFails(await runCommand([], { permissions, cwd }), 2, "Access to api.example.com");
  });
});

Deno.test("the command reads the secret from a file or standard input, less one newline", async () => {
  await withEndpoint(json(TOKEN), async (flags, forms) => {
    const args = [...flags.slice(0, 4), "--client-secret-file"];
    await withFiles({ secret: "a b\n\n" }, async (cwd) => {
      const permissions = [NET, "--allow-read=secret"];
      const { stderr } = await runCommand([...args, "secret"], { permissions, cwd });
      assertEquals(forms[0]!.get("client_secret"), "a b\n");
      assertEquals(
        stderr,
        "warning: The client secret ends in white space; remove it unless it belongs to the secret\n",
      );
    });
    await runCommand([...args, "-"], { permissions: [NET], stdin: "c d\r\n" });
    assertEquals(forms[1]!.get("client_secret"), "c d");
    const denied = await runCommand([...args, "s3cr3t"]);
    assertFails(denied, 2, "The file of --client-secret-file may not be read");
    assertEquals(denied.stderr.includes("s3cr3t"), false);
  });
});

Deno.test("the command keeps what is for this machine from a proxy", async () => {
  await withEndpoint(json(TOKEN), async (flags) => {
    const env = { HTTP_PROXY: "http://127.0.0.1:1" };
    assertEquals((await runCommand([...flags, "--retries=0"], { env })).stdout, "abc.DEF-123\n");
  });
});
