// Runs the command again and again, as `inARow` asks for it, and ends what each run writes with a mark
// and the exit code.

import process from "node:process";
import { main } from "../../main.ts";

const [mark, runs = "[]"] = process.argv.slice(2);
for (const args of JSON.parse(runs)) {
  const end = `${mark}${await main(args)}\n`;
  process.stdout.write(end);
  process.stderr.write(end);
}
