/**
 * Asks for the secret, where somebody is there to answer.
 *
 * @module
 */

import { printable } from "./limits.ts";
import { loadPromptSecret } from "./std.ts";

/**
 * Asks for the client's secret and hides it as it is typed. Asks nothing unless stdin and stdout are
 * both terminals: the question goes to stdout, which otherwise is for the token.
 */
export async function askSecret(client_id: string): Promise<string | undefined> {
  if (!Deno.stdin.isTerminal() || !Deno.stdout.isTerminal()) return undefined;
  const { promptSecret } = await loadPromptSecret();
  return promptSecret(`client_secret of ${printable(client_id)}:`, { mask: "" }) ?? undefined;
}
