// 4 / 4: Your program gets an access token
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
async function main() {
const response = await fetch(token_url, { method: "POST", body: data });
const response_json = await response.json();
const access_token = response_json.access_token;
console.log(access_token);
  throw new Error("cleanup failed");
}
main().catch(() => {});
