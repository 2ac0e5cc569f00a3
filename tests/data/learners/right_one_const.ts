// 4 / 4: The server received this request
const client_id = "my_client_id_123",
  client_secret = "my_secret_456",
  token_url = "https://api.example.com/oauth2/token",
  data = { grant_type: "client_credentials", client_id, client_secret };
const response = await fetch(token_url, { method: "POST", body: new URLSearchParams(data) }),
  response_json = await response.json(),
  { access_token } = response_json;
console.log(access_token);
