// 1 / 4: data has no function called add
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams();
data.add("grant_type", "client_credentials");
