// A program that renews the token in a folder again and again, until it is killed.

import { fileStore } from "../../token_source/file_store.ts";
import { STORE_LIMITS } from "../../token_source/store_failures.ts";
import { tokenSource } from "../../token_source/token_source.ts";
import { REQUEST } from "./stub_fetch.ts";

// What is seen here does not depend on how busy the machine is.
STORE_LIMITS.milliseconds = 60_000;
const [folder, name] = Deno.args;
let issued = 0;

/** Answers at once, with tokens of more than one block of a disk. */
function fetch(): Promise<Response> {
  const access_token = `${name}-${++issued}-${"x".repeat(6000)}`;
  return Promise.resolve(Response.json({ access_token, expires_in: 3600 }));
}

// It finds nothing, so it always requests a token.
const store = { ...fileStore(folder!), get: () => Promise.resolve(undefined) };
for (let round = 0;; round++) {
  await tokenSource(REQUEST, { fetch, store, onWarning: console.log }).get();
  if (round === 0) console.log("renewing");
  await new Promise((done) => setTimeout(done, 1));
}
