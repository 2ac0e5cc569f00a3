// Runs the command again and again, as `runCommands` asks for it.

import process from "node:process";
import { main } from "../../main.ts";

const [mark, runs = "[]"] = process.argv.slice(2);
for (const args of JSON.parse(runs)) {
  const end = `${mark}${await main(args)}\n`;
  process.stdout.write(end);
  process.stderr.write(end);
}
