import { assertEquals, assertThrows } from "@std/assert";
import { execCredential } from "./kubernetes.ts";
import { jwtWith, TOKEN } from "../tests/support/stub_fetch.ts";
import { runMain, type World } from "../tests/support/run_main.ts";
import { TokenError } from "../token.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

for (
  const [what, expires_in, expirationTimestamp] of [
    ["3600 s", 3600, "2026-01-02T04:04:05Z"],
    ["0 s", 0, "2026-01-02T03:04:05Z"],
    ["a part of a second", 0.5, "2026-01-02T03:04:06Z"],
    ["an unknown time", undefined, undefined],
    ["longer than RFC 3339 can write", 2 ** 40, undefined],
    ["longer than a date can be", 2 ** 52, undefined],
  ] as const
) {
  Deno.test(`execCredential is an ExecCredential with a token that lives ${what}`, () => {
    assertEquals(JSON.parse(execCredential({ ...TOKEN, expires_in }, NOW)), {
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      status: { ...expirationTimestamp && { expirationTimestamp }, token: "abc.DEF-123" },
    });
  });
}

Deno.test("execCredential takes the exp of a JWT if the server does not say how long it lives", () => {
  const access_token = jwtWith({ exp: NOW / 1000 + 3600 });
  const credential = execCredential({ access_token, token_type: "Bearer" }, NOW);
  assertEquals(JSON.parse(credential).status.expirationTimestamp, "2026-01-02T04:03:35Z");
});

Deno.test("execCredential writes the last second of the year 9999, and nothing later", () => {
  const now = Date.UTC(9999, 11, 31, 23, 59, 0);
  const end = (expires_in: number) =>
    JSON.parse(execCredential({ ...TOKEN, expires_in }, now)).status.expirationTimestamp;
  assertEquals([end(59), end(60)], ["9999-12-31T23:59:59Z", undefined]);
});

Deno.test("execCredential is indented by two blanks", () => {
  assertEquals(execCredential(TOKEN).split("\n", 2), [
    "{",
    '  "apiVersion": "client.authentication.k8s.io/v1",',
  ]);
});

Deno.test("execCredential counts from now", () => {
  const { expirationTimestamp } = JSON.parse(execCredential(TOKEN)).status;
  const left = Date.parse(expirationTimestamp) - Date.now();
  assertEquals(left > 3_590_000 && left <= 3_600_000, true, `${left}`);
});

Deno.test("execCredential refuses a token that is bound to a key", () => {
  assertThrows(() => execCredential({ ...TOKEN, token_type: "DPoP" }), TokenError, "needs a proof");
});

Deno.test("the command prints an ExecCredential with --output kubernetes", async () => {
  const { stdout } = await runMain(["--demo", "--output", "kubernetes"]);
  assertEquals(JSON.parse(stdout).kind, "ExecCredential");
});

for (
  const [asked, answered] of [
    ["v1", "v1"],
    ["v1beta1", "v1beta1"],
    ["v1alpha1", "v1alpha1"],
    ["v2", "v1"],
  ] as const
) {
  Deno.test(`the command answers kubectl's ${asked} with ${answered}`, async () => {
    const info = { apiVersion: `client.authentication.k8s.io/${asked}`, kind: "ExecCredential" };
    const env = { KUBERNETES_EXEC_INFO: JSON.stringify(info) };
    const world: World = { granted: ["net", "env"], env };
    const { stdout } = await runMain(["--demo", "--output", "kubernetes"], world);
    const { apiVersion } = JSON.parse(stdout);
    assertEquals(apiVersion, `client.authentication.k8s.io/${answered}`);
  });
}

Deno.test("the command answers with v1 if what kubectl says is not JSON", async () => {
  const world: World = { granted: ["net", "env"], env: { KUBERNETES_EXEC_INFO: "{" } };
  const { stdout } = await runMain(["--demo", "--output", "kubernetes"], world);
  assertEquals(JSON.parse(stdout).apiVersion, "client.authentication.k8s.io/v1");
});
