// Prints the flags with which Deno uses `runtime/offline/` in the place of `@std` if JSR does not answer
// within three seconds; otherwise the flags it was given. It is for the tasks in `deno.json` whose files
// import `@std` statically.

import { exit, programArgs, readVariable } from "../runtime.ts";

const registry = readVariable("JSR_URL") ?? "https://jsr.io/";

try {
  const url = new URL("@std/assert/meta.json", registry);
  const response = await fetch(url, { signal: AbortSignal.timeout(3000) });
  await response.json();
  console.log(programArgs().join(" "));
} catch {
  console.error("JSR cannot be reached; runtime/offline/ stands in for @std");
  console.log("--no-lock --import-map=runtime/offline/import_map.json");
}
// A connection that is still being tried would keep the process waiting.
exit(0);
