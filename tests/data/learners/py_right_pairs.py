# 4 / 4: Your program gets an access token
import json
from urllib.parse import urlencode
from urllib.request import Request, urlopen

client_id = "my_client_id_123"
client_secret = "my_secret_456"
token_url = "https://api.example.com/oauth2/token"
data = [("grant_type", "client_credentials"), ("client_id", client_id), ("client_secret", client_secret)]
request = Request(token_url, data=urlencode(data).encode(), method="POST")
response_json = json.loads(urlopen(request).read())
access_token = response_json.get("access_token")
print(f"{access_token}")
