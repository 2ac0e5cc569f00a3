// Node.js for the tests: the one on the PATH if it is new enough, or else what npm downloads.

const NEWEST = "24";
const TIME_LIMIT = 60_000;

async function run(command: string, ...args: string[]): Promise<string | undefined> {
  const signal = AbortSignal.timeout(TIME_LIMIT);
  const options = { args, stdin: "null", stderr: "null", signal } as const;
  const output = await new Deno.Command(command, options).output().catch(() => undefined);
  return output?.success ? new TextDecoder().decode(output.stdout).trim() : undefined;
}

/** The path of a Node.js that runs TypeScript and knows `await using`; `undefined` if there is none. */
export async function findNode(): Promise<string | undefined> {
  const show = ["-p", "parseInt(process.versions.node) >= 24 ? process.execPath : ''"];
  return await run("node", ...show) || await run("npx", "-y", `node@${NEWEST}`, ...show);
}

/** What a test's name says if there is no such Node.js. */
export const WITHOUT_NODE = " (left out: neither node nor npx gives Node.js 24)";
