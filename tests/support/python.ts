// Python for the tests.

import { delimiter } from "node:path";

/**
 * Makes a `python3` that starts Python itself. What stands on the `PATH` may be a script of a version
 * manager, which takes many times as long.
 */
export async function linkPython(folder: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  const args = ["-c", "import sys; print(sys.executable)"];
  try {
    const options = { args, stdin: "null", stderr: "null" } as const;
    const { success, stdout } = await new Deno.Command("python3", options).output();
    const python = new TextDecoder().decode(stdout).trim();
    if (!success || !python) return;
    const script = `#!/bin/sh\nexec '${python.replaceAll("'", `'\\''`)}' "$@"\n`;
    await Deno.writeTextFile(`${folder}/python3`, script, { mode: 0o755 });
  } catch {
    // There is none.
  }
}

/** Puts such a `python3` first on the `PATH` of this process, until it ends. */
export async function usePythonItself(): Promise<void> {
  const folder = await Deno.makeTempDir();
  await linkPython(folder);
  Deno.env.set("PATH", [folder, Deno.env.get("PATH")].filter(Boolean).join(delimiter));
  addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
}
