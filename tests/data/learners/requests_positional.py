# 2 / 4: That is the error as Python words it. Which value is not what
import requests

client_id = "my_client_id_123"
client_secret = "my_secret_456"
token_url = "https://api.example.com/oauth2/token"
data = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
response = requests.request("POST", token_url, None, data)
response_json = response.json()
access_token = response_json["access_token"]
print(access_token)
