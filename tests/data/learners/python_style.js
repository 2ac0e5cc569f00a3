// 0 / 4: There is no client_id here. If it is a variable of yours,
client_id = "my_client_id_123"
client_secret = "my_secret_456"
token_url = "https://api.example.com/oauth2/token"
