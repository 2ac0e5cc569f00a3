// 1 / 4: data is a Promise, because await is missing
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
async function form() {
  return new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
}
const data = form();
