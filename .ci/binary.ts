// Makes one binary of the command with Node.js 26 (`--build-sea`): `npx -y node@26 .ci/binary.ts token`. It is
// for the system and the processor of the Node.js that runs this, and has jose in it.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { JOSE_VERSION } from "../runtime/jose.ts";

/** The npm packages that it takes. */
export const PACKAGES = ["esbuild@0.28.2", `jose@${JOSE_VERSION}`];
const PROJECT = fileURLToPath(new URL("..", import.meta.url));
const isWindows = process.platform === "win32";

/** What is used of esbuild. */
interface Esbuild {
  build(options: Record<string, unknown>): Promise<unknown>;
}

/** What is used of the argument of esbuild's plugins. */
interface Build {
  onLoad(files: { filter: RegExp }, load: (file: { path: string }) => unknown): void;
}

/** A bundler follows no import of a template: names the modules of jose one by one. */
const JOSE_PLUGIN = {
  name: "jose",
  setup: ({ onLoad }: Build) =>
    onLoad({ filter: /[\\/]runtime[\\/]jose\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      const modules =
        '{ "jwt/sign": () => import("jose/jwt/sign"), "key/import": () => import("jose/key/import") }';
      const contents = source.replace(
        /import\([^)]*`jose\/\$\{module\}`\)/,
        `(${modules})[module]()`,
      );
      if (contents === source) throw new Error("runtime/jose.ts imports jose in another way");
      return { contents, loader: "ts" };
    }),
};

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: ["ignore", "ignore", "inherit"], shell: isWindows });
}

/** Node.js without its symbols, a fifth of it; as it is where there is no `strip`, or none for it. */
function withoutSymbols(work: string): string {
  const { execPath, platform } = process;
  if (platform !== "linux") return execPath;
  const stripped = join(work, "node");
  try {
    run("strip", "-o", stripped, execPath);
    return stripped;
  } catch {
    return execPath;
  }
}

/** Makes one module of the command and of jose, and returns its path. */
async function bundle(work: string): Promise<string> {
  const quiet = ["--silent", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  run("npm", "install", ...quiet, "--prefix", work, ...PACKAGES);
  const packages = join(work, "node_modules");
  const start = join(work, "start.ts");
  writeFileSync(
    start,
    `import process from "node:process";
import { main } from ${JSON.stringify(join(PROJECT, "main.ts"))};
process.exit(await main(process.argv.slice(2)));
`,
  );
  const esbuild: Esbuild = await import(`${pathToFileURL(join(packages, "esbuild/lib/main.js"))}`);
  const outfile = join(work, "token.mjs");
  await esbuild.build({
    entryPoints: [start],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node26",
    nodePaths: [packages],
    plugins: [JOSE_PLUGIN],
    // The stand-ins are used; the file of no module is that of the program.
    external: ["@std/*"],
    define: { "import.meta.main": "false", "import.meta.url": '"file:///token.js"' },
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "inline",
    logLevel: "warning",
  });
  return outfile;
}

async function makeBinary(output: string, work: string): Promise<void> {
  const config = {
    main: await bundle(work),
    mainFormat: "module",
    output,
    executable: withoutSymbols(work),
    disableExperimentalSEAWarning: true,
    // It starts faster with it.
    useCodeCache: true,
  };
  const file = join(work, "config.json");
  writeFileSync(file, JSON.stringify(config));
  run(process.execPath, "--build-sea", file);
  // macOS runs no program on Apple's processors that is not signed, by whomever.
  if (process.platform === "darwin") run("codesign", "--sign", "-", output);
}

if (import.meta.main) {
  const [output = isWindows ? "token.exe" : "token"] = process.argv.slice(2);
  const work = mkdtempSync(join(tmpdir(), "token-binary-"));
  try {
    await makeBinary(resolve(output), work);
  } finally {
    rmSync(work, { recursive: true });
  }
}
