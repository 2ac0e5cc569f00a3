/**
 * A token endpoint that can be killed and started again at the same port. Its tokens say when they expire,
 * and are long enough to be found half written.
 *
 * @module
 */

const PADDING = "x".repeat(20_000);

/** A token that expires at a time, in milliseconds since 1970. */
export function makeToken(expires: number): string {
  return `begin.${expires}.${PADDING}.end`;
}

/** When a token expires; `undefined`, if it is not a whole one. */
export function expiryOf(token: string): number | undefined {
  const [, expires] = token.match(/^begin\.(\d+)\.x+\.end$/) ?? [];
  return token.length === makeToken(Number(expires)).length ? Number(expires) : undefined;
}

if (import.meta.main) {
  const [port, lifetime] = Deno.args.map(Number) as [number, number];
  const onListen = () => console.log("ready");
  Deno.serve({ hostname: "127.0.0.1", port, onListen }, async (request) => {
    await request.text();
    const access_token = makeToken(Date.now() + lifetime * 1000);
    return Response.json({ access_token, expires_in: lifetime });
  });
}
