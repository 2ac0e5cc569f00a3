/**
 * Prints the flags with which Deno uses `offline/` in place of `@std`, if JSR does not answer within
 * three seconds; otherwise the flags it was given. The tasks in `deno.json` pass them on.
 *
 * @module
 */

const registry = Deno.env.get("JSR_URL") ?? "https://jsr.io/";

try {
  const url = new URL("@std/assert/meta.json", registry);
  const response = await fetch(url, { signal: AbortSignal.timeout(3000) });
  await response.json();
  console.log(Deno.args.join(" "));
} catch {
  console.error("JSR cannot be reached: offline/ stands in for @std");
  console.log("--no-lock --import-map=runtime/offline/import_map.json");
}
// A connection that is still being tried would keep the process waiting.
Deno.exit();
