// 0 / 4: the variable is called client_secert, not client_secret
const client_id = "my_client_id_123";
const client_secert = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secert });
