// A few seconds of what bench/watch.ts runs for ten minutes.

import { assert, assertEquals } from "@std/assert";
import { runTrial } from "../bench/watch.ts";
import { NET, pathOf, STD_FLAGS } from "./support/command.ts";
import { needs } from "./support/needs.ts";

const ENV = "--allow-env=TOKEN_URL,CLIENT_ID,CLIENT_SECRET";

Deno.test(
  needs(
    "a file of --watch is never absent nor half written, though the endpoint is killed",
    "a system other than Windows",
  ),
  async () => {
    const flags = ["run", "-q", "--no-prompt", ...STD_FLAGS, NET, ENV, "-R", "-W"];
    const command = [Deno.execPath(), ...flags, pathOf("main.ts")];
    const { Deno: seen } = await runTrial({
      lifetime: 2,
      duration: 6,
      outages: 2,
      away: [0.5, 2.5],
      commands: { Deno: command },
    });
    assert(seen && seen.reads > 100 && seen.tokens > 1, JSON.stringify(seen));
    assertEquals([seen.absent, seen.halfWritten, seen.code], [0, 0, 0]);
    // The machine may be busy with other tests; the benchmark saw a third of a second.
    assert(seen.longestExpired < 5000, `expired for ${seen.longestExpired} ms`);
  },
);
