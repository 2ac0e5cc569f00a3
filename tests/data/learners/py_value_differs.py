# 0 / 4: They differ from character 30 on. Copy the value from the
client_id = "my_client_id_123"
client_secret = "my_secret_456"
token_url = "https://api.example.com/oauth/token"
