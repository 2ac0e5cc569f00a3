# 0 / 4: The exercise wants a variable for each value, and this one is
credentials = {"client_id": "my_client_id_123", "client_secret": "my_secret_456"}
