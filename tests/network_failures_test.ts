// What runtimes said about failed connections, in the versions named, and the code that each text has.

import { assertEquals } from "@std/assert";
import failures from "./data/network_failures.json" with { type: "json" };
import { failure } from "./support/stub_fetch.ts";

for (const { runtime, code, text } of failures) {
  Deno.test(`requestToken has the code ${code} for what ${runtime} says: ${text}`, async () => {
    const cause = new Error(text);
    const fail = () => Promise.reject(new TypeError("fetch failed", { cause }));
    assertEquals((await failure(fail, { retries: 0 })).code, code);
  });
}

Deno.test("requestToken takes no host's name for a part of what the runtime says", async () => {
  for (
    const [text, code] of [
      ["getaddrinfo ENOTFOUND proxy.certificate.example", "dns"],
      ["getaddrinfo EAI_AGAIN blocked.tunnel.example", "dns"],
      [
        "Hostname/IP does not match certificate's altnames: Host: expired.example.",
        "certificate_name",
      ],
      ['certificate not valid for name "proxy.example"', "certificate_name"],
      ["connection reset", "connection_failed"],
    ] as const
  ) {
    const error = await failure(() => Promise.reject(new Error(text)), { retries: 0 });
    assertEquals([text, error.code], [text, code]);
  }
});

Deno.test("requestToken repeats the last reason that is given, or says that there is none", async () => {
  for (
    const [error, said] of [
      [new TypeError("fetch failed", { cause: new Error("") }), "fetch failed"],
      [new TypeError("fetch failed", { cause: "no error" }), "fetch failed"],
      [new Error(""), "unknown reason"],
      ["no error", "unknown reason"],
    ] as const
  ) {
    const { message } = await failure(() => Promise.reject(error), { retries: 0 });
    assertEquals(message, `No answer from api.example.com: ${said}`);
  }
});
