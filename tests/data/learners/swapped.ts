// 0 / 4: They differ from character 4 on
const client_id = "my_secret_456";
const client_secret = "my_client_id_123";
const token_url = "https://api.example.com/oauth2/token";
