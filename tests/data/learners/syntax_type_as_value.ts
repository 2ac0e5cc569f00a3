// 0 / 4: A const needs a value
const client_id: "my_client_id_123";
