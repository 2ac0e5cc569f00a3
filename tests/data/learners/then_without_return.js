// 2 / 4: A function needs return for that
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
fetch(token_url, { method: "POST", body: data })
  .then((response) => { response.json(); })
  .then((response_json) => console.log(response_json?.access_token));
