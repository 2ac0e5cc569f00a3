# 0 / 4: Lines that belong together begin at the same column; a line
client_id = "my_client_id_123"
client_secret = "my_secret_456"
token_url = "https://api.example.com/oauth2/token"
  data = {}
