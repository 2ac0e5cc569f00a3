# 1 / 4: Make it a dict with the three keys.
client_id = "my_client_id_123"
client_secret = "my_secret_456"
token_url = "https://api.example.com/oauth2/token"
data = ["client_credentials", client_id, client_secret]
