// 0 / 4: Quotes must be straight
const client_id = “my_client_id_123”;
