// 0 / 4: That is the value of client_secret
const client_id = "my_secret_456"; const client_secret = "my_client_id_123";
