/**
 * A token endpoint on this machine, with a page that shows what arrives. It knows one client and issues
 * tokens that open nothing.
 *
 * ```sh
 * deno run --allow-net=127.0.0.1 lesson/practice_server.ts --port 8910
 * ```
 *
 * @module
 */

import { exit, programArgs } from "../runtime/runtime.ts";
import { openPage } from "./page.ts";
import { PRACTICE_CLIENT, startPracticeServer } from "./start_practice_server.ts";
import { STARTED } from "./started.ts";

const DEFAULT_PORT = 8910;

/** Says where the server is, and how to try it. */
export function greeting(token_url: string): string {
  const form = new URLSearchParams({ grant_type: "client_credentials", ...PRACTICE_CLIENT });
  return [
    `The practice server listens at ${token_url}`,
    `See what arrives: ${new URL("/", token_url)}`,
    `Try: curl -d '${form}' ${token_url}`,
  ].join("\n");
}

/** Starts a practice server as the arguments say; resolves to the exit code if it cannot run. */
export async function main(args: string[]): Promise<number | undefined> {
  const [, port] = args.join("=").match(/^--port=(\d{1,5})$/) ?? [];
  if (args.length > 0 && !port) {
    console.error(`Usage: ${STARTED.practiceServer} [--port <port>]`);
    return 2;
  }
  const observer = openPage();
  for (let next = Number(port ?? DEFAULT_PORT);; next++) {
    try {
      const { token_url } = await startPracticeServer(next, { observer });
      console.log(greeting(token_url));
      return undefined;
    } catch (error) {
      const { name, message } = error as Error;
      // Another program may use the default port.
      if (port || name !== "AddrInUse") {
        console.error(`error: ${message}`);
        return 2;
      }
    }
  }
}

if (import.meta.main) {
  const code = await main(programArgs());
  if (code !== undefined) exit(code);
}
