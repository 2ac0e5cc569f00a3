# 4 / 4: Your program gets an access token
import http.client
import json
from urllib.parse import urlencode, urlsplit

client_id = "my_client_id_123"
client_secret = "my_secret_456"
token_url = "https://api.example.com/oauth2/token"
data = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
url = urlsplit(token_url)
connection = http.client.HTTPSConnection(url.netloc)
headers = {"Content-Type": "application/x-www-form-urlencoded"}
connection.request("POST", url.path, urlencode(data), headers)
response_json = json.loads(connection.getresponse().read())
access_token = response_json["access_token"]
print(access_token)
