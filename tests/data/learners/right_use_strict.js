// 4 / 4: Your program gets an access token
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
async function getToken(url, id, secret) {
  "use strict";
  const data = new URLSearchParams({ grant_type: "client_credentials", client_id: id, client_secret: secret });
  const response = await fetch(url, { method: "POST", body: data });
  const response_json = await response.json();
  const access_token = response_json.access_token;
  return access_token;
}
getToken(token_url, client_id, client_secret).then(function (text) { 'use strict'; console.log(text); });
