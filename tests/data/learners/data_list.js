// 1 / 4: Make it with new URLSearchParams({ … }), or as an object with
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = ["client_credentials", client_id, client_secret];
