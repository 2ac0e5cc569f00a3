# 4 / 4: Your program gets an access token
import json
from urllib.parse import urlencode
from urllib.request import Request, urlopen

client_id = "my_client_id_123"
client_secret = "my_secret_456"
token_url = "https://api.example.com/oauth2/token"
data = urlencode({"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}).encode()
response_json = json.load(urlopen(token_url, data))
access_token = response_json["access_token"]
print(access_token)
