// 2 / 4: Use token_url as it is; the server has nothing at another
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
const response = await fetch("https://api.example.com/token", { method: "POST", body: data });
const response_json = await response.json();
const access_token = response_json.access_token;
console.log(access_token);
