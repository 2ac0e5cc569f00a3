// 3 / 4: access_token has the token at the end, but had none when it
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
let access_token, response_json;
const send = async () => {
  const response = await fetch(token_url, { method: "POST", body: data });
  response_json = await response.json();
  access_token = response_json.access_token;
};
send();
console.log(access_token);
