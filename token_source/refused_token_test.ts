// An API that refuses tokens, and what that costs.

import { assertEquals, assertRejects } from "@std/assert";
import { nextTurn, stopClocks } from "../tests/support/stores.ts";
import { REQUEST, stubFetch } from "../tests/support/stub_fetch.ts";
import { authorizedFetch } from "./authorized_fetch.ts";
import { tokenSource } from "./token_source.ts";

const THINGS = "https://api.example.com/v1/things";
const ADMIN = "https://api.example.com/v1/admin";

const yes = () => new Response("yes");
const no = (challenge?: string) =>
  new Response("no", {
    status: 401,
    headers: challenge === undefined ? {} : { "www-authenticate": challenge },
  });

/** An API whose answers depend on the address and the token, and a source with tokens of 100 s. */
function makeApi(answer: (url: string, token: string) => Response | Promise<Response>) {
  const { calls, fetch } = stubFetch(() =>
    Response.json({ access_token: `t${calls.length}`, expires_in: 100 })
  );
  const source = tokenSource(REQUEST, { fetch });
  const sent: string[] = [];
  const call = authorizedFetch(source, {
    fetch: async (input, { headers }) => {
      const token = new Headers(headers).get("authorization")!.replace("Bearer ", "");
      sent.push(token);
      return await answer(input as string, token);
    },
  });
  const status = async (url: string, init?: RequestInit) => (await call(url, init)).status;
  return { sent, call, status, source, requests: () => calls.length };
}

Deno.test("100 calls of an API that always says 401 cost one token more", async () => {
  const { status, sent, requests } = makeApi(() => no());
  for (let i = 0; i < 100; i++) assertEquals(await status(THINGS), 401);
  assertEquals([sent.length, requests()], [101, 2]);
});

Deno.test("100 calls at once of an API that always says 401 cost one token more, and one try", async () => {
  const { status, sent, requests } = makeApi(async () => {
    await nextTurn();
    return no();
  });
  await Promise.all(Array.from({ length: 100 }, () => status(THINGS)));
  assertEquals([sent.length, requests()], [101, 2]);
});

Deno.test("100 calls whose bodies cannot be sent again cost one token more", async () => {
  const { status, sent, requests } = makeApi(() => no());
  for (let i = 0; i < 100; i++) {
    await status(THINGS, { method: "POST", body: new Blob(["a"]).stream() });
  }
  assertEquals([sent.length, requests()], [100, 2]);
});

Deno.test("a token that was accepted just now is not dropped, and an older one is", async () => {
  using clocks = stopClocks();
  let isAccepting = true;
  const { status, sent, requests } = makeApi((_, token) =>
    isAccepting || token === "t2" ? yes() : no()
  );
  assertEquals(await status(THINGS), 200);
  isAccepting = false;
  clocks.move(4.9);
  assertEquals([await status(THINGS), requests()], [401, 1]);
  clocks.move(0.1);
  assertEquals([await status(THINGS), requests()], [200, 2]);
  assertEquals(sent, ["t1", "t1", "t1", "t2"]);
});

Deno.test("a token that was refused like the one before is sent until it is renewed", async () => {
  using clocks = stopClocks();
  const { status, sent, requests } = makeApi(() => no());
  for (let second = 0; second < 78; second++) {
    await status(THINGS);
    clocks.move(1);
  }
  assertEquals([sent.length, requests()], [79, 2]);
  clocks.move(22);
  // A new one may help again.
  for (let i = 0; i < 10; i++) await status(THINGS);
  assertEquals([sent.length, requests()], [79 + 11, 4]);
});

Deno.test("a part of the API that refuses all tokens costs no token each time", async () => {
  using clocks = stopClocks();
  const { status, requests } = makeApi((url) => url === ADMIN ? no() : yes());
  for (let i = 0; i < 10; i++) {
    assertEquals([await status(THINGS), await status(ADMIN)], [200, 401]);
    clocks.move(6);
  }
  assertEquals(requests(), 2);
});

for (
  const challenge of [
    'Bearer error="insufficient_scope", scope="admin"',
    'Bearer realm="a, b", error = "insufficient_scope"',
    'Basic realm="x", bearer Error=insufficient_scope',
    'DPoP error="use_dpop_nonce", error_description="Resource server requires nonce"',
  ]
) {
  Deno.test(`a 401 with ${challenge} is no reason to drop the token`, async () => {
    const { status, sent, requests } = makeApi(() => no(challenge));
    for (let i = 0; i < 3; i++) assertEquals(await status(THINGS), 401);
    assertEquals([sent.length, requests()], [3, 1]);
  });
}

for (
  const challenge of [
    'Bearer error="invalid_token"',
    "Bearer",
    'Bearer error_description="not insufficient_scope"',
    "",
  ]
) {
  Deno.test(`a 401 with ${JSON.stringify(challenge)} is a reason to drop the token`, async () => {
    const { status, requests } = makeApi((_, token) => token === "t1" ? no(challenge) : yes());
    assertEquals([await status(THINGS), requests()], [200, 2]);
  });
}

Deno.test("a call that was refused later than others uses the token that they have got", async () => {
  const answers = new Map<string, (response: Response) => void>();
  const { status, sent, requests } = makeApi((url, token) => {
    if (token === "t2") return yes();
    return new Promise((resolve) => answers.set(url, resolve));
  });
  const late = status(ADMIN);
  const first = status(THINGS);
  await nextTurn();
  answers.get(THINGS)!(no());
  assertEquals(await first, 200);
  answers.get(ADMIN)!(no());
  assertEquals([await late, requests()], [200, 2]);
  assertEquals(sent, ["t1", "t1", "t2", "t2"]);
});

Deno.test("a call that waits for another's new token heeds its signal", async () => {
  const { status, call } = makeApi((_, token) => token === "t1" ? no() : new Promise(() => {}));
  status(THINGS).catch(() => {});
  const controller = new AbortController();
  const waiting = call(THINGS, { signal: controller.signal });
  await nextTurn();
  controller.abort(new RangeError("enough"));
  await assertRejects(() => waiting, RangeError, "enough");
});

Deno.test("if the call that tries the new token fails, the others try it, too", async () => {
  let tries = 0;
  const { call, status } = makeApi(async (_, token) => {
    await nextTurn();
    if (token === "t1") return no();
    if (++tries === 1) throw new TypeError("connection lost");
    return yes();
  });
  const [first, second] = await Promise.allSettled([call(THINGS), status(THINGS)]);
  assertEquals([first.status, second], ["rejected", { status: "fulfilled", value: 200 }]);
});

Deno.test("authorizedFetch with dpop takes the demand for a nonce for no bad token", async () => {
  const { calls, fetch } = stubFetch(() =>
    Response.json({ access_token: "t", token_type: "DPoP", expires_in: 100 })
  );
  const source = tokenSource(REQUEST, { fetch });
  const dpop = () => Promise.resolve(no('DPoP error="use_dpop_nonce"'));
  const response = await authorizedFetch(source, { dpop })(THINGS);
  assertEquals([response.status, await response.text(), calls.length], [401, "no", 1]);
});
