// 1 / 4: The keys are sent as they are, and the server knows only the
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = { "grant-type": "client_credentials", client_id, client_secret };
