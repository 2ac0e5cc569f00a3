// The runtime that runs the program.

export * from "./deno.ts";
