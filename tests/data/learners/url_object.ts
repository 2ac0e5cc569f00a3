// 0 / 4: Assign the value itself
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = new URL("https://api.example.com/oauth2/token");
