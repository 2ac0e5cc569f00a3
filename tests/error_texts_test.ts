import { assert, assertEquals, assertRejects } from "@std/assert";
import { requestToken, TokenError } from "../token.ts";
import texts from "./data/error_texts.json" with { type: "json" };
import { REQUEST, stubFetch, text } from "./support/stub_fetch.ts";

// Secrets as providers make them: random base64url, Entra's, a UUID, hexadecimal.
const SECRETS = [
  "q8Jx2-LmZ0vTn7RkWcYb5dHs9GfPaE3uQi1oXyNt",
  "8Q8~Q~wK3vZr1nTfXb0LyMc5HsJd9PgUe7AiOtRq",
  "3f2b8a1c-7d4e-4c9a-9b61-0e5d8f7a6c24",
  "9c1185a5c5e9fc54612808977ee8f548",
];

/** The text of a web page, whose tags are not shown. */
function withoutTags(page: string): string {
  return page.replace(/<style>[^]*?<\/style>/g, "").replace(/<[^>]*>/g, " ");
}

/** A text as one line, cut as a message is. */
function line(text: string, maxLength: number): string {
  const whole = text.replace(/\s+/g, " ").trim();
  return whole.length > maxLength ? `${whole.slice(0, maxLength - 1)}…` : whole;
}

Deno.test("error_texts.json has at least 60 error texts of many providers", () => {
  assert(texts.length >= 60);
  assert(new Set(texts.map(({ provider }) => provider)).size >= 40);
});

for (const [i, { provider, status, content_type, body }] of texts.entries()) {
  Deno.test(`requestToken shows the whole error text of ${provider} (${i + 1})`, async () => {
    for (const client_secret of SECRETS) {
      const answer = text(body, { status, headers: { "content-type": content_type } });
      const { fetch } = stubFetch(answer);
      const request = { ...REQUEST, client_secret };
      const error = await assertRejects(
        () => requestToken(request, { fetch, retries: 0 }),
        TokenError,
      );
      const members = content_type.includes("json") ? JSON.parse(body) : {};
      const isStandard = typeof members.error === "string" && members.error !== "";
      const shown = content_type === "text/html" ? withoutTags(body) : body;
      const parts = isStandard ? [members.error, members.error_description] : [shown];
      const whole = parts.filter((part) => typeof part === "string" && part).join(": ");
      assertEquals(error.message, `api.example.com answered ${status}: ${line(whole, 300)}`);
      if (!isStandard) continue;
      assertEquals(error.error, line(members.error, 2000));
      const { error_description } = members;
      if (typeof error_description !== "string" || !error_description) continue;
      assertEquals(error.error_description, line(error_description, 2000));
    }
  });
}
