// 0 / 4: await works only in an async function: write async before
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
function getToken() {
  const response = await fetch(token_url, { method: "POST", body: data });
  return response.json();
}
const response_json = getToken();
const access_token = response_json.access_token;
console.log(access_token);
