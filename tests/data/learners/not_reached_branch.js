// 1 / 4: What does the program do in its place? console.log in the
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
if (client_id.length > 100) {
  const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
}
