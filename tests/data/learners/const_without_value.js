// 0 / 4: A const needs a value: const name = "value";
const client_id;
client_id = "my_client_id_123";
