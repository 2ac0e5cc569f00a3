import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertFails, withEndpoint, withFiles } from "../tests/support/command.ts";
import { granted as permissions } from "../tests/support/keys.ts";
import { runMain } from "../tests/support/run_main.ts";
import { json, TOKEN } from "../tests/support/stub_fetch.ts";
import { missingScopes } from "./granted_scope.ts";

for (
  const [granted, asked, missing] of [
    ["a b c", "b a", []],
    ["a", "a b c b", ["b", "c"]],
    ["", "a", ["a"]],
    ["ab", "a b", ["a", "b"]],
    ["A", "a", ["a"]],
    [" a  b ", "a b", []],
    [undefined, "a b", []],
    ["a", "", []],
  ] as const
) {
  Deno.test(`missingScopes of "${asked}" when "${granted}" was granted`, () => {
    assertEquals(missingScopes({ ...TOKEN, scope: granted }, asked), [...missing]);
  });
}

const NARROW = json({ ...TOKEN, scope: "a" });
const SCOPES = ["--scope=a", "--scope=b c"];
const MISSING = "The server did not grant b c";

Deno.test("the command warns once of the scopes that were not granted, and prints the token", async () => {
  await withEndpoint(NARROW, async (flags) => {
    assertEquals(await runMain([...flags, ...SCOPES]), {
      code: 0,
      stdout: `${TOKEN.access_token}\n`,
      stderr: `warning: ${MISSING}\n`,
    });
    assertEquals((await runMain([...flags, "--scope=a"])).stderr, "");
    assertEquals((await runMain(flags)).stderr, "");
  });
});

Deno.test("the command fails with --strict-scope if a scope was not granted", async () => {
  await withEndpoint(NARROW, async (flags) => {
    const outcome = await runMain([...flags, ...SCOPES, "--strict-scope"]);
    assertFails(outcome, 4, `error: ${MISSING}\nhint: Allow the client these scopes`);
    const { code, stderr } = await runMain([...flags, "--scope=a", "--strict-scope"]);
    assertEquals([code, stderr], [0, ""]);
  });
});

Deno.test("the command keeps no token that --strict-scope refuses, and takes none", async () => {
  await withEndpoint(NARROW, async (flags, forms) => {
    await withFiles({}, async (cwd) => {
      const all = [...flags, ...SCOPES, `--cache=${cwd}/cache`];
      const take = (...more: string[]) => runMain([...all, ...more], { granted: permissions });
      assertEquals([(await take("--strict-scope")).code, forms.length], [4, 1]);
      assertEquals([(await take()).code, forms.length], [0, 2]);
      assertEquals([(await take("--strict-scope")).code, forms.length], [4, 2]);
      assertEquals(await take(), { code: 0, stdout: `${TOKEN.access_token}\n`, stderr: "" });
    });
  });
});

Deno.test("the command compares the scopes in its explanation", async () => {
  for (
    const [answer, args, lines] of [
      [NARROW, SCOPES, "  asked for      a b c\n  granted        a\n"],
      [json(TOKEN), SCOPES, "  granted        what was asked for, as the answer does not say\n"],
      [json({ ...TOKEN, scope: "" }), SCOPES, "  granted        no scope\n"],
      [NARROW, [], "  asked for      no scope\n  granted        a\n"],
    ] as const
  ) {
    await withEndpoint(answer, async (flags) => {
      assertStringIncludes((await runMain([...flags, ...args, "--explain"])).stderr, lines);
    });
  }
});

Deno.test("the command sends another grant, and keeps its token apart", async () => {
  await withEndpoint(json(TOKEN), async (flags, forms) => {
    await withFiles({}, async (cwd) => {
      const take = (...more: string[]) =>
        runMain([...flags, `--cache=${cwd}/cache`, ...more], { granted: permissions });
      const other = ["--param=grant_type=account_credentials", "--param=account_id=1"];
      assertEquals([(await take()).code, (await take(...other)).code], [0, 0]);
      assertEquals((await take(...other.slice(0, 1))).code, 0);
      const grants = forms.map((form) => form.getAll("grant_type"));
      const zoom = ["account_credentials"];
      assertEquals(grants, [["client_credentials"], zoom, zoom]);
    });
  });
});
