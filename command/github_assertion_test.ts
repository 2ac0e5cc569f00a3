// --client-assertion-from github, with a stand-in for GitHub Actions.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { assertFails } from "../tests/support/command.ts";
import { BASE, run, withIssuer } from "../tests/support/keys.ts";
import { json, text } from "../tests/support/stub_fetch.ts";

const FROM = [...BASE, "--client-assertion-from=github", "--retries=0"];
const METADATA = { token_endpoint_auth_methods_supported: ["private_key_jwt"] };

/** Runs `work` with the variables of a job, whose tokens are this answer. */
async function withJob(
  answer: (audience: string) => Response,
  work: (env: Record<string, string>, authorizations: (string | null)[]) => Promise<void>,
): Promise<void> {
  const authorizations: (string | null)[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const { searchParams } = new URL(request.url);
      authorizations.push(request.headers.get("authorization"));
      assertEquals(searchParams.get("api-version"), "2.0");
      return answer(searchParams.getAll("audience").join());
    },
  );
  const env = {
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${server.addr.port}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "job.s3cr3t",
  };
  await work(env, authorizations);
}

/** A token of the job whose middle part is the audience, in base64url. */
function tokenFor(audience: string): Response {
  return Response.json({ value: `head.${btoa(audience).replace(/=+$/, "")}.signature` });
}

Deno.test("the command sends the token of the job, whose audience is the issuer", async () => {
  await withJob(tokenFor, async (env, authorizations) => {
    await withIssuer(METADATA, async (issuer, sent) => {
      const outcome = await run([...FROM, `--issuer=${issuer}`], env);
      assertEquals([outcome.code, outcome.stderr], [0, ""]);
      const variable = { ...env, CLIENT_ASSERTION_FROM: "github" };
      const other = [...BASE, `--issuer=${issuer}`, "--assertion-audience=own"];
      assertEquals((await run(other, variable)).code, 0);
      const audiences = sent.map(([, form]) => atob(form.get("client_assertion")!.split(".")[1]!));
      assertEquals(audiences, [issuer, "own"]);
      assertEquals(authorizations, ["Bearer job.s3cr3t", "Bearer job.s3cr3t"]);
    });
  });
});

for (
  const [name, answer, exit, code] of [
    ["refuses", text("no job.s3cr3t", { status: 403 }), 1, "github_token_refused"],
    [
      "refuses and has a token",
      json({ value: "a.s3cr3t" }, { status: 403 }),
      1,
      "github_token_refused",
    ],
    ["refuses without a word", text(null, { status: 404 }), 1, "github_token_refused"],
    ["sends something else", json({ values: 1 }), 4, "github_token_missing"],
    [
      "redirects",
      text(null, { status: 302, headers: { location: "/" } }),
      4,
      "github_token_missing",
    ],
  ] as const
) {
  Deno.test(`the command says so if GitHub ${name}, and sends nothing`, async () => {
    await withJob(answer, async (env) => {
      await withIssuer(METADATA, async (issuer, sent) => {
        const outcome = await run([...FROM, `--issuer=${issuer}`, "--errors=json"], env);
        assertEquals([outcome.code, JSON.parse(outcome.stderr).code], [exit, code]);
        assertEquals([outcome.stderr.includes("s3cr3t"), sent.length], [false, 0]);
      });
    });
  });
}

for (
  const [status, reason, hint] of [
    [403, "Not allowed", "Give the job the permission id-token: write"],
    [500, "Broken", "Run the job again later; the service of GitHub Actions failed"],
  ] as const
) {
  Deno.test(`the command says why GitHub answers ${status}, and what to do`, async () => {
    await withJob(json({ message: `${reason} job.s3cr3t` }, { status }), async (env) => {
      const args = [...FROM, "--token-url=http://127.0.0.1:1/", "--assertion-audience=a"];
      const { stderr } = await run([...args, "--explain"], env);
      assertStringIncludes(stderr, "\nStep 2 failed, so nothing was sent.\n");
      assertEquals(stderr.includes("curl"), false);
      assertStringIncludes(stderr, ` answered ${status}: ${reason} ***\n`);
      assertStringIncludes(stderr, `hint: ${hint}\n`);
    });
  });
}

Deno.test("the command needs a job of GitHub Actions for its token", async () => {
  await withIssuer(METADATA, async (issuer, sent) => {
    const outcome = await run([...FROM, `--issuer=${issuer}`]);
    assertFails(outcome, 2, "ACTIONS_ID_TOKEN_REQUEST_TOKEN are not there");
    assertStringIncludes(outcome.stderr, "id-token: write");
    assertEquals(sent, []);
  });
});

Deno.test("the command sends GitHub no token that a header cannot carry", async () => {
  await withJob(tokenFor, async (env, authorizations) => {
    const args = [...FROM, "--token-url=http://127.0.0.1:1/", "--assertion-audience=a"];
    for (const token of ["s3cr3t\n", "s3cr3t\nb", "s3cr3t\u20ac"]) {
      const outcome = await run(args, { ...env, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token });
      assertFails(outcome, 2, "ACTIONS_ID_TOKEN_REQUEST_TOKEN must be printable ASCII");
      assertEquals([outcome.stderr.includes("s3cr3t"), authorizations], [false, []]);
    }
  });
});

for (
  const [address, problem] of [
    ["no URL", "must be a whole URL"],
    ["http://example.com/", "must be https:"],
    ["https://user:s3cr3t@example.com/", "must not contain a user name"],
  ] as const
) {
  Deno.test(`the command names the variable if its address is ${address}`, async () => {
    await withJob(tokenFor, async (env) => {
      const args = [...FROM, "--token-url=http://127.0.0.1:1/", "--assertion-audience=a"];
      const wrong = { ...env, ACTIONS_ID_TOKEN_REQUEST_URL: address };
      const { code, stderr } = await run([...args, "--errors=json"], wrong);
      const error = JSON.parse(stderr);
      assertEquals([code, error.code], [2, "no_github_job"]);
      assert(error.message.startsWith(`ACTIONS_ID_TOKEN_REQUEST_URL ${problem}`), error.message);
      assertEquals(stderr.includes("s3cr3t"), false);
    });
  });
}

for (
  const [args, message] of [
    [["--token-url=http://127.0.0.1:1/"], "needs --issuer or --assertion-audience"],
    [
      ["--token-url=http://127.0.0.1:1/", "--client-assertion-file=./assertion.jwt"],
      "exclude each other",
    ],
    [
      ["--token-url=http://127.0.0.1:1/", "--client-secret=a", "--auth-method=client_secret_post"],
      "--client-assertion-from does not go with",
    ],
    [
      ["--token-url=http://127.0.0.1:1/", "--cache=./cache", "--assertion-audience=a"],
      "--cache needs a secret or a key",
    ],
  ] as const
) {
  Deno.test(`the command refuses a token of the job with ${args.slice(1).join(" ")}`, async () => {
    const { code, stderr } = await run([...FROM, ...args]);
    assert(stderr.includes(message), stderr);
    assertEquals(code, 2);
  });
}
