// 2 / 4: The token is the member access_token of the answer:
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
const response = await fetch(token_url, { method: "POST", body: data });
const response_json = await response.json();
let access_token;
for (const [key, value] of Object.entries(response_json)) access_token = value;
console.log(access_token);
