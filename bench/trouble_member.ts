/**
 * One process of those that share a store while their endpoint says wait.
 *
 * @module
 */

import { REQUEST } from "./server.ts";

/** What a build of the project has for programs. */
export type Build =
  & Pick<typeof import("../token_source/token_source.ts"), "tokenSource">
  & Pick<typeof import("../token_source/authorized_fetch.ts"), "authorizedFetch">
  & Pick<typeof import("../token_source/file_store.ts"), "fileStore">;

/** Loads a build from its folder. */
export async function loadBuild(folder: string): Promise<Build> {
  const modules = ["token_source", "authorized_fetch", "file_store"].map((name) =>
    import(`file://${folder}/token_source/${name}.ts`)
  );
  return Object.assign({}, ...await Promise.all(modules));
}

if (import.meta.main) {
  const [folder, token_url, path, gets] = Deno.args;
  const { tokenSource, fileStore } = await loadBuild(folder!);
  const source = tokenSource({ ...REQUEST, token_url: token_url! }, { store: fileStore(path!) });
  for (let i = 0; i < Number(gets); i++) await source.get().catch(() => {});
}
