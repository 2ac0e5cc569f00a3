# 0 / 4: That is a text, not the name of a variable. Put it in quotes:
client_id = my_client_id_123
