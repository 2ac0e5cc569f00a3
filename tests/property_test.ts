// fast-check is named here and not in deno.json, whose npm packages every task would download.
// deno-lint-ignore-file no-import-prefix
import { assert, assertEquals } from "@std/assert";
import { observed } from "../command/network.ts";
import { explainToken } from "../explain/explain.ts";
import { REQUEST, stubFetch } from "./support/stub_fetch.ts";
import { needs, npm } from "./support/needs.ts";
import { buildRequest, requestToken, TokenError, type TokenRequest } from "../token.ts";

const { default: fc } = await npm("fast-check", () => import("npm:fast-check@^4.10.2"));

// The same runs each time; with FULL_TESTS=1 others, and on failure fast-check prints their seed.
const RUNS = Deno.env.get("FULL_TESTS") === "1" ? { numRuns: 5000 } : { numRuns: 1000, seed: 1 };
const text = () => fc.string({ unit: "binary", minLength: 1 });
const param = () =>
  fc.tuple(text(), fc.string({ unit: "binary" }))
    .filter(([name]) =>
      !/^(grant_type|client_id|client_secret|scope|client_assertion.*)$/.test(name)
    );
const status = () =>
  fc.constantFrom(200, 201, 204, 299, 301, 304, 400, 401, 403, 404, 429, 500, 503);

/** Defines a test with fast-check. */
function test(name: string, work: () => void | Promise<void>): void {
  Deno.test(needs(name, "npm:fast-check"), work);
}

/** Decodes a form as RFC 6749 appendix B says, with nothing of what encoded it. */
function decode(form: string): [string, string][] {
  const value = (encoded = "") => decodeURIComponent(encoded.replaceAll("+", " "));
  return form.split("&").map((field) => {
    const [name, ...rest] = field.split("=");
    return [value(name), value(rest.join("="))];
  });
}

function decodeBasic(header: string | undefined): string {
  const bytes = Uint8Array.from(atob(header!.slice("Basic ".length)), (c) => c.charCodeAt(0));
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

/** Asks for a token and checks that the outcome is one that the contract allows. */
async function outcome(
  answer: () => Response | Promise<Response>,
  request: TokenRequest = REQUEST,
): Promise<unknown> {
  const { fetch } = stubFetch(answer);
  let token;
  try {
    token = await requestToken(request, { fetch, retries: 0 });
  } catch (error) {
    assert(error instanceof TokenError, `${error}`);
    assert(/^[^\p{C}]{1,700}$/u.test(error.message), error.message);
    const { status } = error;
    assertEquals(
      error.kind === "refused",
      status! >= 400 || (status! < 300 && !!error.message.match(/ answered 2\d\d: /)),
    );
    if (error.kind !== "refused") assertEquals(error.kind, "unusable");
    return error;
  }
  assert(/^[\x20-\x7e]+$/.test(token.access_token));
  assert(typeof token.token_type === "string" && token.token_type !== "");
  assert(["string", "undefined"].includes(typeof token.scope));
  assert(token.expires_in === undefined || token.expires_in >= 0);
  return token;
}

test("any request arrives in the form as it was given", () => {
  fc.assert(
    fc.property(
      text(),
      text(),
      fc.option(text()),
      fc.array(param()),
      (client_id, client_secret, scope, params) => {
        const request = { ...REQUEST, client_id, client_secret, scope: scope ?? undefined, params };
        assertEquals(decode(`${buildRequest(request).data}`), [
          ["grant_type", "client_credentials"],
          ["client_id", client_id],
          ["client_secret", client_secret],
          ...scope === null ? [] : [["scope", scope] as [string, string]],
          ...params,
        ]);
      },
    ),
    RUNS,
  );
});

test("any id and secret arrive in the Authorization header as they were given", () => {
  fc.assert(
    fc.property(text(), text(), (client_id, client_secret) => {
      const request = {
        ...REQUEST,
        client_id,
        client_secret,
        auth_method: "client_secret_basic" as const,
      };
      const { headers, data } = buildRequest(request);
      const [id, secret, ...rest] = decodeBasic(headers.authorization).split(":");
      assertEquals([decode(id!)[0]![0], decode(secret!)[0]![0], rest], [
        client_id,
        client_secret,
        [],
      ]);
      assertEquals(`${data}`, "grant_type=client_credentials");
    }),
    RUNS,
  );
});

test("any id and secret arrive raw in the Authorization header as they were given", () => {
  fc.assert(
    fc.property(text().filter((id) => !id.includes(":")), text(), (client_id, client_secret) => {
      const request = {
        ...REQUEST,
        client_id,
        client_secret,
        auth_method: "client_secret_basic_raw" as const,
      };
      assertEquals(
        decodeBasic(buildRequest(request).headers.authorization),
        `${client_id}:${client_secret}`,
      );
    }),
    RUNS,
  );
});

function response(body: BodyInit, status: number): Response {
  return new Response([204, 304].includes(status) ? null : body, { status });
}

test("any JSON is a token response or a TokenError", async () => {
  const member = fc.constantFrom(
    "access_token",
    "token_type",
    "expires_in",
    "scope",
    "error",
    "error_description",
  );
  const object = fc.dictionary(
    fc.oneof(member, fc.string()),
    fc.oneof(fc.jsonValue(), fc.string({ minLength: 1 })),
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(object, fc.jsonValue()), status(), async (value, status) => {
      await outcome(() => response(JSON.stringify(value), status));
    }),
    RUNS,
  );
});

test("any bytes are a token response or a TokenError", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array(), status(), async (bytes, status) => {
      await outcome(() => response(bytes as BodyInit, status));
    }),
    RUNS,
  );
});

test("no secret appears in an error, however the server echoes it", async () => {
  // A part of what the program itself says is no secret that could be seen in it.
  const known = "api.example.com answered with a redirect to https://, which is not followed, " +
    "because the secret would go along text/plain;charset=utf-8, not a JSON object no reason given " +
    '"kind":"unusable","refused","name":"TokenError","status","error_description" more than 1 MiB';
  const secrets = fc.string({ unit: "grapheme", minLength: 6 })
    .filter((secret) => secret.trim().length >= 6 && !known.includes(secret.trim()));
  const method = fc.constantFrom("client_secret_post" as const, "client_secret_basic" as const);
  await fc.assert(
    fc.asyncProperty(
      secrets,
      method,
      status(),
      fc.string(),
      fc.nat(4),
      async (client_secret, auth_method, status, before, way) => {
        const request = { ...REQUEST, client_secret, auth_method };
        const { authorization = "" } = buildRequest(request).headers;
        const encoded = new URLSearchParams({ client_secret }).toString();
        for (
          const echo of [client_secret, encoded, encodeURIComponent(client_secret), authorization]
        ) {
          const shown = `${before}${echo}`;
          const body = [
            JSON.stringify({ error: shown, error_description: echo, error_uri: shown }),
            JSON.stringify({ message: shown }),
            JSON.stringify({ message: shown }).replaceAll("/", "\\/"),
            shown,
            `<p>${shown}</p>`,
          ][way]!;
          const got = await outcome(() => response(body, status), request);
          const inspected = [(got as Error).message, `${got}`, ...Object.values(got as Error)].join(
            "\n",
          );
          for (
            const form of [
              client_secret,
              encoded.slice("client_secret=".length),
              authorization.slice(6),
            ]
          ) {
            assert(form.trim() === "" || !inspected.includes(form), `${form} in ${inspected}`);
          }
        }
      },
    ),
    RUNS,
  );
});

test("no secret and no token appears in what --explain shows", async () => {
  // Nothing that the explanation says of its own holds this character.
  const secrets = fc.string({ unit: "grapheme", minLength: 5 }).map((secret) =>
    `§${secret.trim()}§`
  );
  const method = fc.constantFrom("client_secret_post" as const, "client_secret_basic" as const);
  const token = fc.stringMatching(/^[!-~]{12,40}$/).map((token) => `^^${token}`);
  const { writeSync } = Deno.stderr;
  let told = "";
  Deno.stderr.writeSync = (bytes) => {
    told += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  try {
    await fc.assert(
      fc.asyncProperty(
        secrets,
        method,
        token,
        status(),
        async (client_secret, auth_method, access_token, status) => {
          told = "";
          const body = {
            access_token,
            note: client_secret,
            list: [{ refresh_token: access_token }],
          };
          await explainToken({
            request: { ...REQUEST, client_secret, auth_method },
            options: { retries: 0 },
            connect: (observer) => {
              const fetch = () => Promise.resolve(response(JSON.stringify(body), status));
              return observed(fetch, observer);
            },
            places: {
              token_url: "from a flag",
              client_id: "from a flag",
              client_secret: "from a flag",
            },
          }).catch((error) => assert(error instanceof TokenError, `${error}`));
          assert(told.includes("Step 3"), told);
          for (const hidden of [client_secret, encodeURIComponent(client_secret), access_token]) {
            assert(!told.includes(hidden), `${hidden} in ${told}`);
          }
        },
      ),
      RUNS,
    );
  } finally {
    Deno.stderr.writeSync = writeSync;
  }
});
