// 4 / 4: The server received this request
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
const response = await fetch(token_url, { method: "POST", body: data });
const response_json = await response.json();
const access_token = response_json.access_token;
{
  const access_token = "another in a block";
  console.error(access_token);
}
function describe(client_id, data) {
  return `${client_id}: ${data}`;
}
describe("another in a function", 1);
console.log(access_token);
