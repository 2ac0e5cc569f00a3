// 2 / 4: api.example.com:99 cannot be reached
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
const response = await fetch("https://api.example.com:99/oauth2/token", { method: "POST", body: data });
