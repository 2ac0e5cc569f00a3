// 2 / 4: Functions call one another without an end. Does one call
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
function send() { return send(); }
const response_json = await send();
