// 0 / 4: A text that begins with a quote ends with the same quote, on
const client_id = "my_client_id_123;
const client_secret = "my_secret_456";
