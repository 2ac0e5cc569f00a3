/**
 * A token endpoint on this machine that answers every request at once, and what the benchmarks ask
 * it with. Run by itself, it prints its address and answers until it is ended.
 *
 * @module
 */

const BODY = JSON.stringify({
  access_token: "2YotnFZFEjr1zCsicMWpAA-2YotnFZFEjr1zCsicMWpAA",
  token_type: "Bearer",
  expires_in: 3600,
  scope: "read",
});
const HEADERS = {
  "content-type": "application/json",
  "cache-control": "no-store",
  "content-length": `${BODY.length}`,
};

/** The request of every benchmark, but for the address where a server answers. */
export const REQUEST = {
  token_url: "https://api.example.com/oauth2/token",
  client_id: "my_client_id_123",
  client_secret: "my_secret_456",
};

/** The same answer as the server's, with no network. */
export function stub(): Promise<Response> {
  return Promise.resolve(new Response(BODY, { headers: HEADERS }));
}

/** Starts the server on a free port; it reads each request to its end. */
export function serve(onListen: (token_url: string) => void = () => {}) {
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => onListen(`http://127.0.0.1:${port}/oauth2/token`),
  }, async (request) => {
    await request.text();
    return new Response(BODY, { headers: HEADERS });
  });
  return { server, token_url: `http://127.0.0.1:${server.addr.port}/oauth2/token` };
}

if (import.meta.main) serve(console.log);
