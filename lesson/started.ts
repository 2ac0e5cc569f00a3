// How the exercise was started, so that it says what works here.

import { isLocal, runtime } from "../runtime/runtime.ts";

/** The ways to start it: as a task of Deno, with Node.js from the source, or from the npm package. */
type Way = "task" | "node" | "package";

/** What differs between them. */
interface Started {
  /** What messages call the runtime. */
  runtime: string;
  learn: string;
  demo: string;
  practiceServer: string;
  /** Puts a package into the folder of a program. */
  install: string;
  /** The file with the same steps for production. */
  library: string;
}

/** What to type, by how it was started. */
export const WAYS: Record<Way, Started> = {
  task: {
    runtime: "Deno",
    learn: "deno task learn",
    demo: "deno task demo",
    practiceServer: "deno run --allow-net=127.0.0.1 lesson/practice_server.ts",
    install: "deno cache --no-lock --node-modules-dir=auto npm:",
    library: "token.ts",
  },
  node: {
    runtime: "Node.js",
    learn: "node lesson/learn.ts",
    demo: "node main.ts --demo",
    practiceServer: "node lesson/practice_server.ts",
    install: "npm install ",
    library: "token.ts",
  },
  package: {
    runtime: "Node.js",
    learn: "npx token-learn",
    demo: "npx token --demo",
    practiceServer: "npx token-practice-server",
    install: "npm install ",
    library: "token.js",
  },
};

/** How the exercise was started in a runtime. */
export function wayIn(host: "deno" | "node", isSource: boolean): Way {
  if (host === "deno") return "task";
  return isSource ? "node" : "package";
}

/** What to type here. */
export const STARTED: Started = WAYS[wayIn(runtime, isLocal())];
