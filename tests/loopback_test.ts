// The command with a token endpoint on this machine.

import { assertEquals } from "@std/assert";
import { assertFails, runCommand, runCommands } from "./support/command.ts";
import { runMain } from "./support/run_main.ts";
import { send, wait } from "./support/raw_server.ts";
import { ANSWER, HOSTS, startServer, takeClosedPort } from "./support/loopback_server.ts";
import { isThere, needs } from "./support/needs.ts";

const FLAGS = ["--client-id=a", "--client-secret=my_secret_456", "--retries=0"];
const firstLine = (request: string) => request.split("\r\n")[0];

for (const { host, hostname, things } of HOSTS) {
  const name = `the command goes to ${host} at ${hostname} past a proxy, with access to it alone`;
  Deno.test(needs(name, ...things), async () => {
    await using server = startServer(send(ANSWER), hostname);
    await using proxy = startServer(send(ANSWER));
    const env = { HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, NODE_USE_ENV_PROXY: "1" };
    const permissions = [`--allow-net=${host}:${server.port}`];
    const args = [`--token-url=http://${host}:${server.port}/token?x=1`, ...FLAGS];
    const outcome = await runCommand(args, { env, permissions });
    assertEquals(outcome, { code: 0, stdout: "abc\n", stderr: "" });
    assertEquals(server.requests.map(firstLine), ["POST /token?x=1 HTTP/1.1"]);
    assertEquals(proxy.requests, []);
  });
}

for (const permissions of [["--allow-net"], ["--allow-net", "--allow-env"], ["--allow-all"]]) {
  const name = `the command goes to this machine through no proxy with ${permissions.join(" ")}`;
  Deno.test(name, async () => {
    const hosts = HOSTS.filter(({ things }) => things.every(isThere));
    await using stack = new AsyncDisposableStack();
    const servers = hosts.map(({ hostname }) => stack.use(startServer(send(ANSWER), hostname)));
    await using proxy = startServer(send(ANSWER));
    const HTTP_PROXY = `http://127.0.0.1:${proxy.port}`;
    const environments: Record<string, string>[] = [
      {},
      { HTTP_PROXY, NODE_USE_ENV_PROXY: "1" },
      { http_proxy: HTTP_PROXY, NO_PROXY: "example.com" },
      { HTTP_PROXY },
    ];
    await Promise.all(environments.map(async (env, number) => {
      const runs = hosts.map(({ host }, i) => {
        const token_url = `http://${host}:${servers[i]?.port}/token?case=${number}`;
        return [`--token-url=${token_url}`, ...FLAGS];
      });
      const expected = { code: 0, stdout: "abc\n", stderr: "" };
      assertEquals(await runCommands(runs, { env, permissions }), runs.map(() => expected));
    }));
    const expected = environments.map((_, number) => `POST /token?case=${number} HTTP/1.1`);
    for (const { requests } of servers) assertEquals(requests.map(firstLine).sort(), expected);
    assertEquals(proxy.requests, []);
  });
}

Deno.test("the command reports what loopbackFetch does", async () => {
  using closed = await takeClosedPort();
  await using mute = startServer(wait);
  await using broken = startServer(send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"));
  for (
    const [port, message, ...more] of [
      [closed.port, "connect ECONNREFUSED 127.0.0.1:"],
      [mute.port, "within 100 ms", "--timeout=0.1"],
      [broken.port, "connection closed before the end of the response"],
    ] as const
  ) {
    const outcome = await runMain([`--token-url=http://127.0.0.1:${port}/`, ...more, ...FLAGS]);
    assertFails(outcome, 3, message);
  }
});
