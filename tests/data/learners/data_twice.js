// 2 / 4: client_id is repeated
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
data.append("client_id", client_id);
const response = await fetch(token_url, { method: "POST", body: data });
