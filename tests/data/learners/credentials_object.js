// 0 / 4: The exercise wants a variable for each value
const credentials = {
  client_id: "my_client_id_123",
  client_secret: "my_secret_456",
  token_url: "https://api.example.com/oauth2/token",
};
