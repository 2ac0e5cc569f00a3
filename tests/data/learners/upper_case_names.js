// 0 / 4: Rename CLIENT_ID to client_id in the whole file. The exercise
const CLIENT_ID = "my_CLIENT_ID_123";
const CLIENT_SECRET = "my_secret_456";
const TOKEN_URL = "https://api.example.com/oauth2/token";
