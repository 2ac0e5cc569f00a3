// 0 / 4: Assign the value itself
const client_id = process.env.CLIENT_ID;
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
