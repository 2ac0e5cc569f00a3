# 2 / 4: Take what .json() of requests or json.load(response) returns.
import json
from urllib.parse import urlencode
from urllib.request import Request, urlopen

client_id = "my_client_id_123"
client_secret = "my_secret_456"
token_url = "https://api.example.com/oauth2/token"
data = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
def send():
    response = urlopen(token_url, urlencode(data).encode())
    answer = json.load(response)

response_json = send()
