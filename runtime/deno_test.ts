import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { PROJECT, STD_FLAGS, withFiles } from "../tests/support/command.ts";
import { pem } from "../tests/support/mtls_server.ts";
import { TokenError } from "../token.ts";
import { createTlsFetch, readKeys } from "./deno.ts";

Deno.test("readKeys ends when the terminal is gone, and shows what is typed again", async () => {
  const { setRaw, readSync } = Deno.stdin;
  const modes: boolean[] = [];
  Deno.stdin.setRaw = (mode) => void modes.push(mode);
  Deno.stdin.readSync = () => null;
  try {
    assertEquals(await Array.fromAsync(readKeys(() => {})), []);
  } finally {
    Object.assign(Deno.stdin, { setRaw, readSync });
  }
  assertEquals(modes, [true, false]);
});

Deno.test("isLocal is false in a program that was downloaded, which cannot be run as main.ts", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async ({ url }) => {
      const text = await Deno.readTextFile(new URL(`.${new URL(url).pathname}`, PROJECT));
      return new Response(text, { headers: { "content-type": "application/typescript" } });
    },
  );
  const main = `http://127.0.0.1:${server.addr.port}/main.ts`;
  await withFiles({}, async (DENO_DIR) => {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-check", ...STD_FLAGS, "--allow-import=127.0.0.1", main, "-h"],
      env: { DENO_DIR },
    }).output();
    const text = new TextDecoder().decode(stdout);
    assertStringIncludes(text, "\nUsage: token [flags]\n", new TextDecoder().decode(stderr));
  });
});

Deno.test("createTlsFetch says what is wrong with a certificate", () => {
  for (
    const [certificate, message] of [
      ["client-v1.pem", "TLS needs a client certificate of X.509 version 3"],
      ["other.pem", "The client certificate and its key must be PEM, and match"],
    ] as const
  ) {
    const make = () => createTlsFetch(pem(certificate), pem("client.key"));
    assertEquals(assertThrows(make, TokenError).message, message);
  }
});
