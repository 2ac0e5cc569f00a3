import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { assertFails, withEndpoint, withFiles } from "../tests/support/command.ts";
import { json, TOKEN } from "../tests/support/stub_fetch.ts";
import { runMain } from "../tests/support/run_main.ts";
import { isInQuotes } from "./values.ts";

const granted: Deno.PermissionDescriptor["name"][] = ["net", "env", "read"];
const warningOf = (name: string) =>
  `warning: Quotes around ${name} count as part of it; remove them unless they belong to it\n`;

Deno.test("isInQuotes knows the quotes of shells, files and documents", () => {
  const isQuoted = (value: string) => isInQuotes({ value, place: "", rank: 0 });
  const quoted = ['"a"', "'a'", "`a`", "“a”", "„a“", "‘a’", "«a»", ' "a"\r', '""', "'a\nb'"];
  assertEquals(quoted.filter((value) => !isQuoted(value)), []);
  const plain = ["", "a", '"', '"a', "a'", "\"a'", 'a"b"', "it's", "«a“"];
  assertEquals(plain.filter(isQuoted), []);
  assertEquals(isInQuotes(undefined), false);
});

Deno.test("the command sends a secret in quotes as it is, and says so before and after a refusal", async () => {
  const refusal = json({ error: "invalid_client" }, { status: 401 });
  await withEndpoint(refusal, async (_, forms, TOKEN_URL) => {
    // As docker --env-file gives CLIENT_SECRET="abc".
    const env = { TOKEN_URL, CLIENT_ID: "'id'", CLIENT_SECRET: '"abc"' };
    const outcome = await runMain([], { granted, env });
    const sent = ["client_id", "client_secret"].map((name) => forms[0]!.get(name));
    assertEquals(sent, ["'id'", '"abc"']);
    assertEquals(outcome.code, 1);
    const advice =
      "Remove the quotes around CLIENT_ID, CLIENT_SECRET; docker --env-file and some CI systems keep them";
    const [first = "", second = "", ...rest] = outcome.stderr.split(/(?<=\n)/);
    assertEquals([first, second], [warningOf("CLIENT_ID"), warningOf("CLIENT_SECRET")]);
    assertStringIncludes(rest.join(""), `answered 401: invalid_client\nhint: ${advice}\n`);
    // Doing what the hint says cures it.
    const cured = { TOKEN_URL, CLIENT_ID: "id", CLIENT_SECRET: "abc" };
    assert(!(await runMain([], { granted, env: cured })).stderr.includes("quotes"));
  });
});

Deno.test("the command warns of quotes that the server takes, and of nothing else", async () => {
  await withEndpoint(json(TOKEN), async (flags) => {
    const outcome = await runMain([...flags, '--scope="a b"'], { granted });
    assertEquals([outcome.code, outcome.stderr], [0, warningOf("--scope")]);
  });
});

Deno.test("the command names the quotes of an address, a path and what is read from a file", async () => {
  const flags = ["--client-id=a", "--client-secret=b"];
  const inQuotes = await runMain([...flags, "--token-url='https://a.example/'"], { granted });
  assertFails(inQuotes, 2, warningOf("--token-url"));
  assertStringIncludes(inQuotes.stderr, "hint: Remove the quotes around --token-url; ");

  const assertion = { CLIENT_ASSERTION: "'a.b.c'", CLIENT_ID: "a" };
  const noJwt = await runMain(["--token-url=http://127.0.0.1:1/"], { granted, env: assertion });
  assertFails(noJwt, 2, `${warningOf("CLIENT_ASSERTION")}error: The client assertion is not a JWT`);

  await withFiles({ secret: '"abc"\n' }, async (cwd) => {
    const env = { CLIENT_KEY_FILE: `"${cwd}/secret"`, CLIENT_ID: "a" };
    const url = "--token-url=http://127.0.0.1:1/";
    const key = await runMain([url], { granted, env });
    assertFails(key, 2, `${warningOf("CLIENT_KEY_FILE")}error: The file of CLIENT_KEY_FILE `);
    const args = [url, "--client-id=a", "--retries=0", `--client-secret-file=${cwd}/secret`];
    assertFails(await runMain(args, { granted }), 3, warningOf("the client secret"));
  });
});

Deno.test("the command warns of white space at the end of id and secret", async () => {
  await withEndpoint(json(TOKEN), async (_, _forms, TOKEN_URL) => {
    const env = { TOKEN_URL, CLIENT_ID: "id\r", CLIENT_SECRET: "s3cr3t " };
    const { stderr } = await runMain([], { granted, env });
    const warn = (what: string) =>
      `warning: The client ${what} ends in white space; remove it unless it is part of the ${what}\n`;
    assertEquals(stderr, warn("id") + warn("secret"));
  });
});
