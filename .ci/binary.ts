// Makes one binary of the command with Node.js 26 (`--build-sea`): `npx -y node@26 .ci/binary.ts token`. It is
// for the system and the processor of the Node.js that runs this, and has jose in it.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { JOSE_VERSION } from "../runtime/jose.ts";

const ESBUILD_VERSION = "0.28.2";
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
function withoutSymbols(): string {
  const { execPath, platform } = process;
  if (platform !== "linux") return execPath;
  try {
    run("strip", "-o", inWork("node"), execPath);
    return inWork("node");
  } catch {
    return execPath;
  }
}

const [output = isWindows ? "token.exe" : "token"] = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), "token-binary-"));
const inWork = (name: string) => join(work, name);
const quiet = ["--silent", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
run(
  "npm",
  ...["install", ...quiet, "--prefix", work],
  ...[`esbuild@${ESBUILD_VERSION}`, `jose@${JOSE_VERSION}`],
);

writeFileSync(
  inWork("start.ts"),
  `import process from "node:process";
import { main } from ${JSON.stringify(join(PROJECT, "main.ts"))};
process.exit(await main(process.argv.slice(2)));
`,
);
const esbuild: Esbuild = await import(
  `${pathToFileURL(inWork("node_modules/esbuild/lib/main.js"))}`
);
await esbuild.build({
  entryPoints: [inWork("start.ts")],
  outfile: inWork("token.mjs"),
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node26",
  nodePaths: [inWork("node_modules")],
  plugins: [JOSE_PLUGIN],
  // The stand-ins are used; the file of no module is that of the program.
  external: ["@std/*"],
  define: { "import.meta.main": "false", "import.meta.url": '"file:///token.js"' },
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "inline",
  logLevel: "warning",
});

const config = {
  main: inWork("token.mjs"),
  mainFormat: "module",
  output: resolve(output),
  executable: withoutSymbols(),
  disableExperimentalSEAWarning: true,
  // It starts faster with it.
  useCodeCache: true,
};
writeFileSync(inWork("config.json"), JSON.stringify(config));
run(process.execPath, "--build-sea", inWork("config.json"));
// macOS runs no program on Apple's processors that is not signed, by whomever.
if (process.platform === "darwin") run("codesign", "--sign", "-", resolve(output));
rmSync(work, { recursive: true });
