// 0 / 4: write const in front of it, const client_id = …
client_id = "my_client_id_123"
client_secret = "my_secret_456"
token_url = "https://api.example.com/oauth2/token"
