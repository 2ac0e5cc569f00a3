// 0 / 4: client_id is not defined
client_id = "my_client_id_123";
client_secret = "my_secret_456";
token_url = "https://api.example.com/oauth2/token";
