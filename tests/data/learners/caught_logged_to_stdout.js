// 2 / 4: response has no function called jason. Check its spelling,
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
try {
  const response = await fetch(token_url, { method: "POST", body: data });
  const response_json = await response.jason();
  console.log(response_json.access_token);
} catch (error) {
  console.log("It failed:", error.message);
}
