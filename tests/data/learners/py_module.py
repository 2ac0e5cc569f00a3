# 0 / 4: There is no module aiohttp_oauth here. The exercise needs
import aiohttp_oauth
client_id = "my_client_id_123"
client_secret = "my_secret_456"
token_url = "https://api.example.com/oauth2/token"
