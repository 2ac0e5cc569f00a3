// 1 / 4: In a form as text, & stands between two fields:
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = "grant_type=client_credentials;client_id=" + client_id + ";client_secret=" + client_secret;
