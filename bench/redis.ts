/**
 * A Redis server of one's own, on a free port of this machine, that keeps nothing.
 *
 * @module
 */

const TRIES = 400;

/** Whether `redis-server` is installed. */
export function hasRedis(): boolean {
  try {
    return new Deno.Command("redis-server", { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}

/**
 * A port at which nothing listens, for a server that cannot choose one itself. The system gives ports
 * of this range to nobody who leaves the choice to it, so it stays free.
 */
export function findFreePort(): number {
  for (let tries = 1;; tries++) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (tries > TRIES) throw error;
    }
  }
}

/** A Redis server that can be killed and started again at the same port. */
export interface Redis extends AsyncDisposable {
  /** Where it listens. */
  url: string;
  /** Starts it, and resolves when it listens. */
  start(): Promise<void>;
  /** Kills it. */
  kill(): Promise<void>;
}

/** Starts a server. */
export async function startRedis(): Promise<Redis> {
  const port = findFreePort();
  const folder = await Deno.makeTempDir();
  let child: Deno.ChildProcess | undefined;
  const redis: Redis = {
    url: `redis://127.0.0.1:${port}`,
    async start() {
      child = new Deno.Command("redis-server", {
        args: ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--dir", folder],
        stdout: "null",
        stderr: "null",
      }).spawn();
      for (let tries = 1;; tries++) {
        try {
          return (await Deno.connect({ hostname: "127.0.0.1", port })).close();
        } catch (error) {
          if (tries > TRIES) throw error;
          await new Promise((done) => setTimeout(done, 50));
        }
      }
    },
    async kill() {
      child?.kill("SIGKILL");
      await child?.status;
      child = undefined;
    },
    async [Symbol.asyncDispose]() {
      await redis.kill();
      await Deno.remove(folder, { recursive: true });
    },
  };
  await redis.start();
  return redis;
}
