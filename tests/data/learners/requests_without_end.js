// 2 / 4: It was stopped. One request is enough for a token: look for a
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
while (true) {
  const response = await fetch(token_url, { method: "POST", body: data });
  if (response.status === 201) break;
}
