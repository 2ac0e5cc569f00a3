/** The small program of the README, asking for JSON, with its values from the environment. */

const response = await fetch(Deno.env.get("TOKEN_URL")!, {
  method: "POST",
  headers: { accept: "application/json" },
  body: new URLSearchParams({
    grant_type: "client_credentials",
    client_id: Deno.env.get("CLIENT_ID")!,
    client_secret: Deno.env.get("CLIENT_SECRET")!,
  }),
});
const response_json = await response.json();
console.log(response_json.access_token);
