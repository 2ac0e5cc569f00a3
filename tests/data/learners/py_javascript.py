# 0 / 4: In Python, a variable begins with its name
const client_id = "my_client_id_123"
