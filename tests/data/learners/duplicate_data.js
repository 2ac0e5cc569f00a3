// 0 / 4: A name is declared once. Leave out const where you assign to
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
