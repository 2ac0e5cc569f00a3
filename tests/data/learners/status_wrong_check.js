// 2 / 4: exit ends the program at once. Why did it come to that line?
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
const response = await fetch(token_url, { method: "POST", body: data });
if (response.status != 201) {
  console.log("Error:", response.status);
  process.exit(1);
}
const response_json = await response.json();
const access_token = response_json.access_token;
console.log(access_token);
