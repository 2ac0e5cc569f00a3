/**
 * An MCP client that lets the command get its token: what the conformance suite of the Model Context
 * Protocol starts, with the URL of a server as its argument and the client's credentials in a variable.
 *
 * A user names the issuer that a secret may go to. As nobody can tell the suite's issuer beforehand, this
 * client trusts the one that the command names.
 *
 * @module
 */

import process from "node:process";
import { type Outcome, runCommand, withFiles } from "./command.ts";
import { listTools } from "./mcp_tools.ts";

const PERMISSIONS = ["--allow-net=localhost", "--allow-env", "--allow-read"];

/** What the suite says of the client. */
interface Context {
  client_id: string;
  client_secret?: string;
  private_key_pem?: string;
}

async function getToken(resource: string, context: Context): Promise<Outcome> {
  const { client_id, client_secret, private_key_pem } = context;
  const env = { RESOURCE: resource, CLIENT_ID: client_id };
  const options = { permissions: PERMISSIONS, node: Deno.env.get("COMMAND_NODE") || undefined };
  let outcome: Outcome | undefined;
  if (private_key_pem) {
    await withFiles({ "key.pem": private_key_pem }, async (cwd) => {
      await Deno.chmod(`${cwd}/key.pem`, 0o600);
      const withKey = { ...env, CLIENT_KEY_FILE: `${cwd}/key.pem` };
      outcome = await runCommand([], { ...options, env: withKey });
    });
    return outcome!;
  }
  const withSecret = { ...env, CLIENT_SECRET: `${client_secret}` };
  const first = await runCommand([], { ...options, env: withSecret });
  const [, ISSUER = ""] = first.stderr.match(/^hint: If you trust it, add --issuer (\S+)$/m) ?? [];
  return await runCommand([], { ...options, env: { ...withSecret, ISSUER } });
}

const [url = ""] = Deno.args;
const context = JSON.parse(Deno.env.get("MCP_CONFORMANCE_CONTEXT") ?? "{}");
const { code, stdout, stderr } = await getToken(url, context);
console.error(stderr);
if (code === 0) {
  const { status, names } = await listTools(url, stdout.trim());
  console.log(`${status}: ${names}`);
  process.exitCode = names.length > 0 ? 0 : 1;
} else {
  process.exitCode = code;
}
