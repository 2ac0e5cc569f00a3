// 0 / 4: Assign the value itself, as a text in quotes.
const client_id = "my_client_id_123";
const client_secret = prompt("Secret?");
const token_url = "https://api.example.com/oauth2/token";
