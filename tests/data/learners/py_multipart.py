# 2 / 4: Multipart is for files. Send data=data.
import json
from urllib.parse import urlencode
from urllib.request import Request, urlopen

client_id = "my_client_id_123"
client_secret = "my_secret_456"
token_url = "https://api.example.com/oauth2/token"
data = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
lines = []
for key, value in data.items():
    lines += ["--x", f'Content-Disposition: form-data; name="{key}"', "", value]
body = "\r\n".join([*lines, "--x--", ""]).encode()
request = Request(token_url, body, {"Content-Type": "multipart/form-data; boundary=x"})
response = urlopen(request)
response_json = json.load(response)
access_token = response_json["access_token"]
print(access_token)
