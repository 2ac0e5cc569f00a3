# 2 / 4: URLs are kept in logs and histories, and the secret with
import requests

client_id = "my_client_id_123"
client_secret = "my_secret_456"
token_url = "https://api.example.com/oauth2/token"
data = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
response = requests.post(token_url, params=data)
response_json = response.json()
access_token = response_json["access_token"]
print(access_token)
