// 0 / 4: JavaScript does not know the word cosnt. Did you mean const?
const client_id = "my_client_id_123";
cosnt client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
