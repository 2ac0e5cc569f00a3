// The command with a token endpoint on this machine.

import { assertEquals } from "@std/assert";
import { assertFails, runCommand } from "./support/command.ts";
import { send, wait } from "./support/raw_server.ts";
import { ANSWER, HOSTS, startServer, takeClosedPort } from "./support/loopback_server.ts";
import { needs } from "./support/needs.ts";

const FLAGS = ["--client-id=a", "--client-secret=my_secret_456", "--retries=0"];

for (const { host, hostname, things, environments } of HOSTS) {
  const name = `the command goes to ${host} at ${hostname} through no proxy`;
  Deno.test(needs(name, ...things), async () => {
    await using server = startServer(send(ANSWER), hostname);
    await using proxy = startServer(send(ANSWER));
    const HTTP_PROXY = `http://127.0.0.1:${proxy.port}`;
    // None first, so that what the command downloads is there when there is a proxy.
    const variables: Record<string, string>[] = [
      {},
      { HTTP_PROXY, NODE_USE_ENV_PROXY: "1" },
      { http_proxy: HTTP_PROXY, NO_PROXY: "example.com" },
      { HTTP_PROXY },
    ];
    const permissions = [
      ["--allow-net"],
      ["--allow-net", "--allow-env"],
      [`--allow-net=${host}:${server.port}`],
      ["--allow-all"],
    ];
    const cases = variables.slice(0, environments).flatMap((env) =>
      permissions.map((permissions) => ({ env, permissions }))
    );
    const queue = [...cases.entries()];
    const outcomes: unknown[] = [];
    const work = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const [number, options] = next;
        const token_url = `http://${host}:${server.port}/token?case=${number}`;
        const args = [`--token-url=${token_url}`, ...FLAGS];
        outcomes[number] = { ...options, ...await runCommand(args, options) };
      }
    };
    await Promise.all(Array.from({ length: 4 }, work));
    const expected = { code: 0, stdout: "abc\n", stderr: "" };
    assertEquals(outcomes, cases.map((options) => ({ ...options, ...expected })));
    assertEquals(
      server.requests.map((request) => request.split("\r\n")[0]).sort(),
      cases.map((_, number) => `POST /token?case=${number} HTTP/1.1`).sort(),
    );
    assertEquals(proxy.requests, []);
  });
}

Deno.test("the command reports what loopbackFetch does", async () => {
  using closed = await takeClosedPort();
  await using mute = startServer(wait);
  await using broken = startServer(send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"));
  const cases = [
    [closed.port, "10", "connect ECONNREFUSED 127.0.0.1:"],
    [mute.port, "0.5", "within "],
    [broken.port, "10", "connection closed before the end of the response"],
  ] as const;
  await Promise.all(cases.map(async ([port, timeout, message]) => {
    const token_url = `http://127.0.0.1:${port}/`;
    const args = [`--token-url=${token_url}`, `--timeout=${timeout}`, ...FLAGS];
    const outcome = await runCommand(args, { permissions: [`--allow-net=127.0.0.1:${port}`] });
    assertFails(outcome, 3, message);
  }));
});
