# 2 / 4: It says: The client is unknown or its secret does not match. What
import json
from urllib.parse import urlencode
from urllib.request import Request, urlopen

client_id = "my_client_id_123"
client_secret = "my_secret_456"
token_url = "https://api.example.com/oauth2/token"
data = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
response = urlopen(token_url, urlencode({**data, "client_secret": "x"}).encode())
response_json = json.load(response)
access_token = response_json["access_token"]
print(access_token)
