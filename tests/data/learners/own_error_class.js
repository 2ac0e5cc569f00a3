// 2 / 4: Your program throws this itself, in that line. Why did it
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
class AuthError extends Error {}
const response = await fetch(token_url, { method: "POST", body: data });
if (!response.headers.has("x-token")) throw new AuthError("no token for " + client_id);
const response_json = await response.json();
const access_token = response_json.access_token;
console.log(access_token);
