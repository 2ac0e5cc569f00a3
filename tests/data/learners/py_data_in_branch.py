# 1 / 4: What does the program do in its place? print in the lines
client_id = "my_client_id_123"
client_secret = "my_secret_456"
token_url = "https://api.example.com/oauth2/token"
if len(client_id) > 100:
    data = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
