# 0 / 4: Rename clientSecret to client_secret in the whole file. The
client_id = "my_client_id_123"
clientSecret = "my_secret_456"
token_url = "https://api.example.com/oauth2/token"
