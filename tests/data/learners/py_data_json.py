# 1 / 4: A token endpoint takes a form. Leave out json.dumps: a dict
import json

client_id = "my_client_id_123"
client_secret = "my_secret_456"
token_url = "https://api.example.com/oauth2/token"
data = json.dumps({"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret})
