# 0 / 4: Assign the value itself, as a text in quotes.
client_id = "my_client_id_123"
client_secret = None
token_url = "https://api.example.com/oauth2/token"
