import { assertEquals, assertRejects } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { chooseFetch, fetchFor, USER_AGENT, withUserAgent } from "./network.ts";
import { loopbackFetch } from "../runtime/loopback_fetch.ts";
import { replace, replaceWorld } from "../tests/support/run_main.ts";
import { json, stubFetch, TOKEN } from "../tests/support/stub_fetch.ts";
import { TokenError } from "../token.ts";

const LOOPBACK = "http://127.0.0.1:8080/token";
const PROXIES = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

for (
  const [url, granted, env, isDirect] of [
    [LOOPBACK, ["net"], {}, true],
    [LOOPBACK, ["net", "env"], {}, false],
    [LOOPBACK, ["net", "env"], { HTTP_PROXY: "" }, false],
    [LOOPBACK, ["net", "env"], { HTTPS_PROXY: "http://a.example/" }, false],
    ...PROXIES.map((name) => [LOOPBACK, ["net", "env"], { [name]: "http://a.example/" }, true]),
    ["http://localhost/", ["net"], {}, true],
    ["http://[::1]/", ["net"], {}, true],
    ["https://localhost/", ["net"], {}, false],
    ["http://a.example/", ["net"], {}, false],
    ["https://a.example/", ["net"], {}, false],
    ["http://127.0.0.1:0/", ["net"], {}, false],
    ["a.example", [], {}, false],
  ] as [string, ["net"], Record<string, string>, boolean][]
) {
  const name = `${isDirect ? "loopbackFetch" : "the runtime's own"} for ${url}`;
  Deno.test(`chooseFetch chooses ${name} with ${granted} and ${JSON.stringify(env)}`, async () => {
    using _world = replaceWorld({ granted, env });
    assertEquals(await chooseFetch(url), isDirect ? loopbackFetch : globalThis.fetch);
  });
}

Deno.test("withUserAgent names the program and its version, unless a header does", async () => {
  assertEquals(USER_AGENT, `token/${config.version}`);
  const { calls, fetch } = stubFetch(json(TOKEN));
  const given: HeadersInit[] = [{}, { "user-agent": "mine" }, new Headers({ "X-A": "b" })];
  for (const headers of given) {
    await withUserAgent(fetch!)("https://a.example/", { method: "POST", headers });
  }
  assertEquals(calls.map(({ init }) => init), [
    { method: "POST", headers: { "user-agent": USER_AGENT } },
    { method: "POST", headers: { "user-agent": "mine" } },
    { method: "POST", headers: { "user-agent": USER_AGENT, "x-a": "b" } },
  ]);
});

Deno.test("fetchFor asks for the host and the port of the URL", async () => {
  for (
    const [url, host] of [
      ["https://a.example/", "a.example:443"],
      ["http://a.example/", "a.example:80"],
      ["http://[::1]:99/", "[::1]:99"],
    ]
  ) {
    const asked: unknown[] = [];
    const querySync = (permission: Deno.PermissionDescriptor) => {
      asked.push(permission);
      return { state: "prompt" } as Deno.PermissionStatus;
    };
    using _permissions = replace(Deno.permissions, { querySync });
    const fetch = await fetchFor(url!);
    assertEquals(asked, [{ name: "net", host }]);
    await assertRejects(() => fetch!(url!, {}), TokenError, "Access to ");
  }
});

Deno.test("fetchFor refuses a host name that cannot exist", async () => {
  const querySync = () => {
    throw new URIError("Invalid host");
  };
  using _permissions = replace(Deno.permissions, { querySync });
  const { kind } = await assertRejects(
    () => fetchFor("https://$HOST/"),
    TokenError,
    "token_url must not contain a host name that cannot exist",
  );
  assertEquals(kind, "usage");
});
