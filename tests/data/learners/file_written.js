// 3 / 4: The checker gives your program no write access. The exercise
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
const response = await fetch(token_url, { method: "POST", body: data });
const response_json = await response.json();
const access_token = response_json.access_token;
await Deno.writeTextFile("token.txt", access_token);
