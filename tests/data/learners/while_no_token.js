// 2 / 4: It was stopped. Look for a loop that never ends, or a timer
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
let access_token, response_json;
fetch(token_url, { method: "POST", body: data }).then(async (r) => { response_json = await r.json(); access_token = response_json.access_token; });
while (!access_token) {}
console.log(access_token);
