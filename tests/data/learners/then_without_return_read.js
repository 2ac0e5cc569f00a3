// 2 / 4: Which line should set it
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
fetch(token_url, { method: "POST", body: data }).then((response) => { response.json(); }).then((response_json) => { const access_token = response_json.access_token; console.log(access_token); });
