// Node.js and Bun for the tests: on the PATH, or as npm keeps them once it has run them.

const TIME_LIMIT = 20_000;

async function run(command: string, ...args: string[]): Promise<string | undefined> {
  const signal = AbortSignal.timeout(TIME_LIMIT);
  const options = { args, stdin: "null", stderr: "null", signal } as const;
  try {
    const { success, stdout } = await new Deno.Command(command, options).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    return undefined;
  }
}

/** The path of a Node.js that has all that the command uses; `undefined` if there is none. */
export async function findNode(): Promise<string | undefined> {
  const show = ["-p", "require('http').setGlobalProxyFromEnv ? process.execPath : ''"];
  return await run("node", ...show) || await run("npx", "--offline", "-y", "node@24", ...show);
}

/** The path of Bun; `undefined` if there is none. */
export async function findBun(): Promise<string | undefined> {
  const show = ["-p", "process.execPath"];
  return await run("bun", ...show) || await run("npx", "--offline", "-y", "bun@1", ...show);
}

/** What the name of a test says that is left out. */
export const WITHOUT_NODE = " (left out; to run it: npx -y node@24 --version)";
/** The same for Bun. */
export const WITHOUT_BUN = " (left out; to run it: npx -y bun@1 --version)";
