// 0 / 4: Assign the value itself, as a text in quotes.
const client_id = Deno.env.get("CLIENT_ID") ?? "";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
