# 2 / 4: Check the spelling of laod, and what stands before it.
import json
from urllib.parse import urlencode
from urllib.request import Request, urlopen

client_id = "my_client_id_123"
client_secret = "my_secret_456"
token_url = "https://api.example.com/oauth2/token"
data = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
response = urlopen(token_url, urlencode(data).encode())
try:
    response_json = json.laod(response)
except Exception as error:
    print("Error:", error)
