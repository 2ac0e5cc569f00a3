import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  assertFails,
  ENV,
  NET,
  PROJECT,
  runCommand,
  STD_FLAGS,
  withEndpoint,
  withFiles,
} from "../tests/support/command.ts";
import { json, TOKEN } from "../tests/support/stub_fetch.ts";
import { readOptions } from "./settings.ts";
import { quote } from "../tests/support/terminal.ts";
import { needs } from "../tests/support/needs.ts";
import { runMain, type World } from "../tests/support/run_main.ts";

const CREDENTIALS = ["--token-url=https://a.example/", "--client-id=a", "--client-secret=b"];
const MISSING = "error: Missing TOKEN_URL, CLIENT_ID, CLIENT_SECRET\n";

for (const [what, granted] of [["environment", "env"], [".env", "read"]] as const) {
  Deno.test(`the command names what is missing when it may read the ${what}`, async () => {
    const outcome = await runMain([], { granted: ["net", granted] });
    assertFails(outcome, 2, MISSING);
    const ways = ["--token-url", "--client-id", "--client-secret-file", "set TOKEN_URL,", ".env"];
    for (const way of ways) assertStringIncludes(outcome.stderr, way);
    assertEquals(/add --allow-read=\.env/.test(outcome.stderr), granted === "env");
    assertEquals(/add --allow-env=/.test(outcome.stderr), granted === "read");
  });
}

for (
  const args of [
    ["--scope", "read"],
    ["--param", "a=b"],
    ["--auth-method", "client_secret_basic"],
    ["--header", "a: b"],
    ["--allow-http"],
    ["--token-url", ""],
    ["--client-id", ""],
    ["--client-secret", ""],
    ["--client-secret-file", ""],
    ["--env-file", ""],
    ["--auth-method", ""],
    ["--explain", "--scope", ""],
  ]
) {
  Deno.test(`the command runs no demo with ${args.join(" ")}, and names what is missing`, async () => {
    const outcome = await runMain(args);
    assertFails(outcome, 2, MISSING);
    assertStringIncludes(
      outcome.stderr,
      "\nhint: Give --token-url, --client-id, --client-secret-f",
    );
  });
}

Deno.test("the command runs the demo with flags that say only how to run", async () => {
  const flags = ["--explain", "--output=header", "--timeout=9", "--retries=0"];
  for (const args of [[], ...flags.map((flag) => [flag]), ["--output="], flags]) {
    const { code, stdout, stderr } = await runMain(args);
    assertEquals([code, /practice-/.test(stdout)], [0, true], stderr);
    assertStringIncludes(stderr, "This is practice");
  }
});

Deno.test("the command names what is missing beside a flag, even an empty one", async () => {
  assertFails(await runMain(["--client-id", "x"]), 2, "Missing TOKEN_URL, CLIENT_SECRET\n");
  const { stderr } = await runMain(["--client-id", "x"]);
  assertStringIncludes(stderr, "--client-secret-file; or set TOKEN_URL, CLIENT_SECRET and");
});

Deno.test("the command asks nobody for a missing secret outside a terminal", async () => {
  const flags = ["--token-url=https://a.example/", "--client-id=a"];
  assertFails(await runCommand(flags, { stdin: "secret\n" }), 2, "Missing CLIENT_SECRET");
});

for (
  const [args, message] of [
    [["--timeout", "1s"], "--timeout must be a number of seconds above 0, up to 2000000\n"],
    [["--timeout", "1e3"], "--timeout must be a number of seconds above 0"],
    [["--timeout", "0x1"], "--timeout must be a number of seconds above 0"],
    [["--timeout", "0"], "--timeout must be a number of seconds above 0"],
    [["--timeout", "-1"], "--timeout needs a value"],
    [["--timeout=-1"], "--timeout must be a number of seconds above 0"],
    [["--timeout", "2000001"], "--timeout must be a number of seconds above 0, up to 2000000"],
    [["--retries", "many"], "--retries must be a whole number from 0 to 10\n"],
    [["--retries", "1.5"], "--retries must be a whole number from 0 to 10"],
    [["--retries", "11"], "--retries must be a whole number from 0 to 10"],
    [["--param", "x"], '--param must have the form "name=value"'],
    [["--param", "=x"], '--param must have the form "name=value"'],
    [["--header", "x"], '--header must have the form "name: value"'],
    [["--header", ": x"], '--header must have the form "name: value"'],
    [["--param", "client_secret=x"], '--param must not set "client_secret"\nhint: Use --client-id'],
    [["--header", "Host: x"], '--header must not set "host"'],
    [["--header", "x y: z"], "--header must contain a name and a value that HTTP allows"],
    [["--header", "x: a\nb"], "--header must contain a name and a value that HTTP allows"],
    [["--token-url", "a.example"], "--token-url is given 2 times"],
    [["--client-secret-file=b"], "--client-secret and --client-secret-file exclude each other"],
    [
      ["--env-file", "x.env"],
      "x.env: read access was not granted\nhint: Add --allow-read=x.env before main.ts",
    ],
  ] as const
) {
  Deno.test(`the command refuses ${args.join(" ").replace("\n", "\\n")}`, async () => {
    assertFails(await runMain([...CREDENTIALS, ...args]), 2, `error: ${message}`);
  });
}

Deno.test("readOptions turns the seconds of --timeout into milliseconds", () => {
  for (
    const [timeout, milliseconds] of [["1", 1000], ["12.25", 12_250], ["2000000", 2e9]] as const
  ) assertEquals(readOptions({ timeout }).timeout, milliseconds);
});

Deno.test("readOptions takes --retries from 0 to 10", () => {
  for (const retries of ["0", "10"]) assertEquals(readOptions({ retries }).retries, +retries);
});

for (
  const [token_url, message] of [
    ["a.example", "--token-url must be a whole URL, such as https://example.com/oauth2/token\n"],
    [
      "http://a.example/",
      "--token-url must be https:, or http: to this machine\nhint: Use https:",
    ],
    ["https://u@a.example/", "--token-url must not contain a user name, a password or a fragment"],
  ] as const
) {
  Deno.test(`the command refuses the token URL ${token_url}`, async () => {
    const args = ["--token-url", token_url, "--client-id=a", "--client-secret=b"];
    for (const more of [[], ["--explain"]]) {
      const outcome = await runMain([...args, ...more]);
      assertFails(outcome, 2, message);
      assert(outcome.stderr.startsWith("error: "), outcome.stderr);
    }
  });
}

Deno.test("the command repeats a wrong AUTH_METHOD, and names what is allowed", async () => {
  const env = { AUTH_METHOD: "JWT" };
  assertFails(
    await runMain(CREDENTIALS, { granted: ["net", "env"], env }),
    2,
    'error: AUTH_METHOD is "JWT"; it must be one of client_secret_post, client_secret_basic, cl',
  );
});

Deno.test(
  needs("the command refuses a variable that is not UTF-8", "a system other than Windows", "sh"),
  async () => {
    const main = new URL("main.ts", PROJECT);
    const command = [Deno.execPath(), "run", "-q", ...STD_FLAGS, ENV, `${main}`];
    const { code, stderr } = await new Deno.Command("sh", {
      args: ["-c", `CLIENT_ID=$(printf '\\377') ${quote(command)}`],
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

Deno.test("the command takes an empty flag for none", async () => {
  await withEndpoint(json(TOKEN), async (_, forms, TOKEN_URL) => {
    const names = ["token-url", "client-id", "client-secret", "scope", "auth-method", "env-file"];
    const others = ["client-secret-file", "timeout", "retries", "output"];
    const { code, stderr } = await runMain([...names, ...others].map((name) => `--${name}=`), {
      granted: ["net", "env"],
      env: { TOKEN_URL, CLIENT_ID: "id", CLIENT_SECRET: "secret", SCOPE: "read" },
    });
    assertEquals([code, stderr], [0, ""]);
    assertEquals(
      `${forms[0]}`,
      "grant_type=client_credentials&client_id=id&client_secret=secret&scope=read",
    );
  });
});

Deno.test("the command reads .env as it is written, without expanding anything", async () => {
  await withEndpoint(json(TOKEN), async (_, forms, TOKEN_URL) => {
    const file =
      `TOKEN_URL=${TOKEN_URL}\n# a comment\nCLIENT_ID=a$HOME\${X:-y}$CLIENT_ID # more\n` +
      `CLIENT_SECRET='a#b$c "d" \\n'\nnot-a-name=secret\n`;
    await withFiles({ ".env": file }, async (cwd) => {
      const outcome = await runMain([], { granted: ["net", "read"], cwd });
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
      const world: World = { granted: ["net", "read"], cwd };
      const { stdout } = await runMain(["--env-file", "other.env"], world);
      assertEquals([stdout, forms[0]!.get("client_id")], ["abc.DEF-123\n", "other"]);
    });
  });
});

Deno.test("the command explains where it found each value", async () => {
  await withEndpoint(json(TOKEN), async (_, _forms, TOKEN_URL) => {
    await withFiles({ ".env": "CLIENT_ID=a", secret: "bb" }, async (cwd) => {
      const args = ["--explain", `--env-file=${cwd}/.env`, `--client-secret-file=${cwd}/secret`];
      const { stderr } = await runMain(args, {
        granted: ["net", "read", "env"],
        env: { TOKEN_URL },
      });
      assertStringIncludes(stderr, `client_id      a  (from ${cwd}/.env)\n`);
      assertStringIncludes(stderr, "client_secret  *** (2 characters)  (from a file)\n");
      assertStringIncludes(stderr, `token_url      ${TOKEN_URL}  (from the environment)\n`);
    });
  });
  assertStringIncludes(
    (await runMain(["--explain"])).stderr,
    "my_client_id_123  (from the demo)",
  );
});

Deno.test("the command repeats nothing of an --env-file that it cannot make sense of", async () => {
  await withEndpoint(json(TOKEN), async (flags) => {
    await withFiles({ "x.env": "s3cr3t-1=s3cr3t-2\nCLIENT_ID=x" }, async (cwd) => {
      const args = [...flags, `--env-file=${cwd}/x.env`];
      const { stdout, stderr } = await runMain(args, { granted: ["net", "read"] });
      assertEquals([stdout, stderr], ["abc.DEF-123\n", ""]);
    });
  });
});

Deno.test("the command passes over a folder called .env", async () => {
  const cwd = await Deno.makeTempDir();
  await Deno.mkdir(`${cwd}/.env`);
  const outcome = await runMain([], { granted: ["net", "read"], cwd });
  await Deno.remove(cwd, { recursive: true });
  assertFails(outcome, 2, "Missing TOKEN_URL");
});

Deno.test("the command can use .env.example as .env", async () => {
  const example = await Deno.readTextFile(new URL(".env.example", PROJECT));
  await withFiles({ ".env": example }, async (cwd) => {
    const permissions = ["--allow-net=127.0.0.1", "--allow-read=.env"];
    // Access to the demo's address is not granted: that shows that the file was read.
    assertFails(await runCommand([], { permissions, cwd }), 2, "Access to api.example.com");
  });
});

Deno.test("the command leaves out the line break at the end of SCOPE", async () => {
  await withEndpoint(json(TOKEN), async (flags, forms) => {
    const env = { SCOPE: "read write\n" };
    const { stdout } = await runMain(flags, { granted: ["net", "env"], env });
    assertEquals([stdout, forms[0]!.get("scope")], [`${TOKEN.access_token}\n`, "read write"]);
  });
});
