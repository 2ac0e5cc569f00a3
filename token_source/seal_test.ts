import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { REQUEST } from "../tests/support/stub_fetch.ts";
import { buildRequest, type RequestOptions, type TokenRequest } from "../token.ts";
import { deriveSealKey, seal, storeKey, unseal } from "./seal.ts";

const OTHERS: Record<string, [Partial<TokenRequest>, RequestOptions?, string?]> = {
  "token URL": [{ token_url: "https://api.example.com/oauth2/token?a" }],
  "client id": [{ client_id: "my_client_id_124" }],
  "scope": [{ scope: "read" }],
  "more scopes": [{ scope: "read write" }],
  "one scope of two words": [{ scope: "readwrite" }],
  "parameter": [{ params: [["a", "1"], ["b", "2"]] }],
  "order of parameters": [{ params: [["b", "2"], ["a", "1"]] }],
  "border of parameters": [{ params: [["a", '1"],["b","2']] }],
  "authentication method": [{ auth_method: "client_secret_basic" }],
  "function that authenticates": [{ auth_method: () => {} }],
  "header": [{}, { headers: { "x-tenant": "a" } }],
  "header's value": [{}, { headers: { "x-tenant": "b" } }],
  "key that the token is bound to": [{}, {}, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"],
};

function keyOf(changes: Partial<TokenRequest>, options: RequestOptions = {}, dpop_jkt?: string) {
  const request: TokenRequest = { ...REQUEST, ...changes };
  return storeKey(request, buildRequest(request, options), dpop_jkt);
}

Deno.test("storeKey differs with everything that decides what the token is", async () => {
  const keys = new Map([[await keyOf({}), "nothing else"]]);
  for (const [what, changes] of Object.entries(OTHERS)) {
    const key = await keyOf(...changes);
    assert(!keys.has(key), `${what} and ${keys.get(key)} have the same key`);
    keys.set(key, what);
  }
});

Deno.test("storeKey is the same for the same token, and nothing can be read in it", async () => {
  const key = await keyOf({ scope: "write read" });
  assertEquals(await keyOf({ scope: " read  write read" }), key);
  assertEquals(await keyOf({ scope: "read write", auth_method: "client_secret_post" }), key);
  assertEquals(await keyOf({ scope: "read write", client_secret: "next_secret" }), key);
  assertMatch(key, /^token-v1-[0-9a-f]{64}$/);
  assertEquals(await keyOf({ scope: "" }), await keyOf({}));
  const auth_method = "client_secret_basic";
  assertEquals(await keyOf({ auth_method, client_secret: "next" }), await keyOf({ auth_method }));
  const functions = [() => {}, () => undefined].map((auth_method) => keyOf({ auth_method }));
  assertEquals(await functions[0], await functions[1]);
  const headers: [string, string][] = [["b", "2"], ["a", "1"]];
  const sorted = await keyOf({}, { headers: headers.toReversed() });
  assertEquals(await keyOf({}, { headers }), sorted);
});

Deno.test("storeKey does not change from one release to the next", async () => {
  const request = { ...REQUEST, scope: "read", params: { audience: "https://api.example.com" } };
  const key = await storeKey(request, buildRequest(request));
  assertEquals(key, "token-v1-bda956cdb527dcd11ef43a7bf9ec1e94d8adcbfef5aa8ac0560954d1077b14ea");
});

Deno.test("unseal opens what seal made, and each seal is another", async () => {
  const key = await deriveSealKey("my_secret_456");
  const text = `{"a":"\u0000 é € 😀"}${"x".repeat(300_000)}`;
  const sealed = await seal(text, key, "place");
  assertEquals(await unseal(sealed, await deriveSealKey("my_secret_456"), "place"), text);
  assert(await seal(text, key, "place") !== sealed);
  // Random text of this length has a few equal characters in a row, but not twenty.
  assert(!sealed.includes("x".repeat(20)) && !sealed.includes(btoa("x".repeat(15))));
});

Deno.test("unseal opens what an earlier release sealed", async () => {
  const sealed = "v1.7yOFHeoq0mR/jOv9xWBWEhJKrjR8VR8YD2pMbBkVM0Q=";
  assertEquals(await unseal(sealed, await deriveSealKey(REQUEST.client_secret), "place"), "text");
});

Deno.test("unseal refuses what was changed, moved or sealed by another", async () => {
  const key = await deriveSealKey(new TextEncoder().encode("my_secret_456"));
  const sealed = await seal("text", key, "place");
  const refuses = async (value: unknown, sealKey = key, place = "place") => {
    const message = "the stored value was changed, or sealed with another secret";
    await assertRejects(() => unseal(value, sealKey, place), Error, message);
  };
  assertEquals(await unseal(sealed, key, "place"), "text");
  await refuses(sealed, key, "another place");
  await refuses(sealed, await deriveSealKey("my_secret_457"));
  await refuses(sealed.replace("v1.", "v2."));
  for (const length of [0, 2, 3, 8, 20, 30, sealed.length - 4]) {
    await refuses(sealed.slice(0, length));
  }
  for (const value of ["garbage", "v1.%%%", 5, {}, true, [sealed]]) await refuses(value);
  const bytes = Uint8Array.from(atob(sealed.slice(3)), (character) => character.charCodeAt(0));
  for (let i = 0; i < bytes.length; i++) {
    const changed = bytes.with(i, bytes[i]! ^ 1);
    await refuses(`v1.${btoa(String.fromCharCode(...changed))}`);
  }
});
