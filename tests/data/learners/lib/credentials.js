export const client_id = "my_client_id_123";
export const client_secret = "my_secret_456";
