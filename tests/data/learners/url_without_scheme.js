// 0 / 4: They differ from character 1 on. Copy the value from the task.
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "api.example.com/oauth2/token";
