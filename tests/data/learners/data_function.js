// 1 / 4: A function is not its result yet: call it with (), or assign
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = () => new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
