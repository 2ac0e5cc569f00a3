// A PostgreSQL server of the tests' own, on a free port of this machine.

import { findFreePort } from "../../bench/redis.ts";

const TRIES = 200;

async function run(command: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args }).output();
  if (!success) throw new Error(`${command}: ${new TextDecoder().decode(stderr)}`);
}

/** Starts a server with one database, `postgres`, of a user with that name. */
export async function startPostgres(bin: string): Promise<AsyncDisposable & { url: string }> {
  const port = findFreePort();
  const folder = await Deno.makeTempDir();
  // PostgreSQL refuses to run as root.
  const prefix = Deno.uid() === 0
    ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    : [];
  if (prefix.length > 0) await run("chown", ["postgres", folder]);
  const command = (name: string, ...args: string[]): [string, string[]] => {
    const [program, ...rest] = [...prefix, `${bin}/${name}`, ...args];
    return [program!, rest];
  };
  await run(...command("initdb", "-D", folder, "-U", "postgres", "-A", "trust", "--no-sync"));
  const settings = ["fsync=off", "listen_addresses=127.0.0.1", `unix_socket_directories=${folder}`];
  const flags = ["-D", folder, "-p", `${port}`, ...settings.flatMap((setting) => ["-c", setting])];
  const [program, args] = command("postgres", ...flags);
  const child = new Deno.Command(program, { args, stdout: "null", stderr: "null" }).spawn();
  for (let tries = 1;; tries++) {
    try {
      await run(...command("pg_isready", "-h", "127.0.0.1", "-p", `${port}`));
      break;
    } catch (error) {
      if (tries > TRIES) throw error;
      await new Promise((done) => setTimeout(done, 50));
    }
  }
  return {
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    async [Symbol.asyncDispose]() {
      // It waits for its clients to leave, whom an end would throw an error at.
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGQUIT"), 3000);
      await child.status;
      clearTimeout(timer);
      await Deno.remove(folder, { recursive: true });
    },
  };
}
