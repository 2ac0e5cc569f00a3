// 2 / 4: What stands before .access_token is undefined there. Which
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
let response_json;
fetch(token_url, { method: "POST", body: data }).then((r) => r.json()).then((json) => { response_json = json; });
const access_token = response_json.access_token;
console.log(access_token);
