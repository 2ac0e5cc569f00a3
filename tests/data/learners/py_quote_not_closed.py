# 0 / 4: Look at that line and the one before: a bracket, a quote, a
client_id = "my_client_id_123
