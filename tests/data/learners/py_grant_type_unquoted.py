# 1 / 4: That is a text, not the name of a variable. Put it in quotes:
client_id = "my_client_id_123"
client_secret = "my_secret_456"
token_url = "https://api.example.com/oauth2/token"
data = {"grant_type": client_credentials, "client_id": client_id, "client_secret": client_secret}
