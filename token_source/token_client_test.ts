import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { withFakeClock } from "../tests/support/clock.ts";
import { mapStore, settle, stopClocks, testSources } from "../tests/support/stores.ts";
import { json, REQUEST, stubFetch, TOKEN } from "../tests/support/stub_fetch.ts";
import { TokenError } from "../token.ts";
import { type ClientSecret, type SourceRequest, TokenClient } from "./token_client.ts";
import { tokenSource } from "./token_source.ts";

const { signal } = new AbortController();
const refused = json({ error: "invalid_client" }, { status: 401 });
const token = json({ ...TOKEN, expires_in: 0 });

/** A source whose secret is asked for, and what it sent and warned of. */
function asked(
  client_secret: () => ClientSecret | Promise<ClientSecret>,
  answers: (() => Response)[] = [token],
  request: Partial<SourceRequest> = {},
) {
  const { fetch, calls } = stubFetch(...answers);
  const warnings: string[] = [];
  const onWarning = (warning: string) => void warnings.push(warning);
  const source = tokenSource({ ...REQUEST, ...request, client_secret }, {
    fetch,
    onWarning,
    retries: 0,
  });
  const forms = () => calls.map(({ init }) => new URLSearchParams(`${init.body}`));
  const sent = () => forms().map((form) => form.get("client_secret"));
  return { source, calls, forms, sent, warnings };
}

Deno.test("a function gives the client secret before each request", async () => {
  const secrets = ["one", "two"];
  const { source, sent } = asked(() => secrets.shift()!);
  await source.get();
  await source.get();
  assertEquals(sent(), ["one", "two"]);
});

Deno.test("a function that gives the secret changes nothing else of the request", async () => {
  const members = { scope: "read", params: new Map([["audience", "b"]]).entries() };
  const { source, forms, calls } = asked(() => Promise.resolve("s"), [token], members);
  await source.get();
  await source.get();
  const expected = [
    ["grant_type", "client_credentials"],
    ["client_id", REQUEST.client_id],
    ["client_secret", "s"],
    ["scope", "read"],
    ["audience", "b"],
  ];
  assertEquals(forms().map((form) => [...form]), [expected, expected]);
  assertEquals(new Headers(calls[0]!.init.headers).get("accept"), "application/json");
});

Deno.test("a secret that is asked for is sent in the Authorization header, too, beside other headers", async () => {
  const { fetch, calls } = stubFetch(token);
  const headers = new Map([["x-tenant", "a"], ["accept", "text/x"]]).entries() as HeadersInit;
  const request = {
    ...REQUEST,
    auth_method: "client_secret_basic",
    client_secret: () => "s",
  } as const;
  const source = tokenSource(request, { fetch, headers });
  for (let i = 0; i < 2; i++) await source.get();
  for (const { init } of calls) {
    const sent = new Headers(init.headers);
    assertEquals(sent.get("authorization"), `Basic ${btoa("my_client_id_123:s")}`);
    assertEquals([sent.get("x-tenant"), sent.get("accept")], ["a", "text/x"]);
  }
});

Deno.test("of two secrets, the second is tried once after invalid_client, with a warning", async () => {
  const { source, sent, warnings } = asked(() => ["new", "old"], [refused, token]);
  assertEquals((await source.get()).access_token, TOKEN.access_token);
  assertEquals(sent(), ["new", "old"]);
  const warning = "The server refused the first of two client secrets; the second is tried";
  assertEquals(warnings, [warning]);
  await source.get();
  assertEquals(sent(), ["new", "old", "new"]);
});

Deno.test("if both secrets are refused, the call fails, and no third is tried", async () => {
  const secrets = ["a", "b", "c"] as unknown as [string, string];
  const { source, sent } = asked(() => secrets, [refused]);
  await assertRejects(() => source.get(), TokenError, "invalid_client");
  assertEquals(sent(), ["a", "b"]);
});

Deno.test("a second secret is not tried after another failure", async () => {
  const { source, sent } = asked(() => ["a", "b"], [
    json({ error: "invalid_scope" }, { status: 400 }),
  ]);
  await assertRejects(() => source.get(), TokenError, "invalid_scope");
  assertEquals(sent(), ["a"]);
});

Deno.test("what the function throws goes to the callers, and the next call asks again", async () => {
  const answers = [Promise.reject(new RangeError("no vault")), Promise.resolve("s")];
  const { source, sent } = asked(() => answers.shift()!);
  await assertRejects(() => source.get(), RangeError, "no vault");
  await source.get();
  assertEquals(sent(), ["s"]);
});

for (const secret of ["", [], ["a", ""], undefined] as unknown as ClientSecret[]) {
  Deno.test(`a function that gives ${JSON.stringify(secret)} for a secret is wrong`, async () => {
    const { source, calls } = asked(() => secret);
    const error = await assertRejects(() => source.get(), TokenError, "client_secret must");
    assertEquals([error.kind, calls.length], ["usage", 0]);
  });
}

Deno.test("a function that gives no secret has as long as a request", async () => {
  const hang = () => new Promise<string>(() => {});
  const { result, elapsed } = await withFakeClock(() => asked(hang).source.get());
  assert(result.status === "rejected" && result.reason instanceof TokenError);
  assertEquals([result.reason.code, elapsed], ["timeout", 10_000]);
});

Deno.test("each secret is masked in what the server and warnings repeat", async () => {
  const client = new TokenClient(
    { ...REQUEST, client_secret: () => ["first_secret", "second_secret"] },
    { fetch: stubFetch(token).fetch },
  );
  assertEquals(client.mask("nothing is known - yet"), "nothing is known - yet");
  await client.request(signal);
  assertEquals(client.mask("first_secret or second_secret"), "*** or ***");
});

testSources("a store needs a sealKey if a function gives the secret", async () => {
  const { store, values } = mapStore();
  const { fetch } = stubFetch(json(TOKEN));
  const request = { ...REQUEST, client_secret: () => "s" };
  const error = assertThrows(() => tokenSource(request, { store }), TokenError, "needs a sealKey");
  assertEquals(error.code, "seal_key_missing");
  const sealKey = crypto.getRandomValues(new Uint8Array(32));
  await tokenSource(request, { fetch, store, sealKey }).get();
  await settle();
  assertEquals(values.size, 1);
  const other = { ...REQUEST, client_secret: () => "next" };
  const found = await tokenSource(other, { store, sealKey }).get();
  assertEquals(found.access_token, TOKEN.access_token);
});

Deno.test("a renewal asks for the secret, too", async () => {
  using clocks = stopClocks();
  const secrets = ["one", "two"];
  const { source, sent } = asked(() => secrets.shift()!, [json({ ...TOKEN, expires_in: 100 })]);
  await source.get();
  clocks.move(85);
  await source.get();
  await settle();
  assertEquals(sent(), ["one", "two"]);
});
