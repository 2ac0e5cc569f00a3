// 1 / 4: The exercise sends three fields in data: grant_type,
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = { data: { grant_type: "client_credentials", client_id, client_secret } };
const response = await fetch(token_url, { method: "POST", body: data });
