// 1 / 4: There is no URLSearchParm. Did you mean URLSearchParams?
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParm({ grant_type: "client_credentials", client_id, client_secret });
