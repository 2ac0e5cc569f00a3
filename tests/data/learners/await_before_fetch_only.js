// 2 / 4: fetch(…) is a Promise, which has no json: only what await
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
const response_json = await fetch(token_url, { method: "POST", body: data }).json();
const access_token = response_json.access_token;
console.log(access_token);
