// 1 / 4: There is a space or a line break at the beginning or the end
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = `grant_type=client_credentials
&client_id=${client_id}
&client_secret=${client_secret}`;
const response = await fetch(token_url, {
  method: "POST",
  headers: { "Content-Type": "application/x-www-form-urlencoded" },
  body: data,
});
const response_json = await response.json();
const access_token = response_json.access_token;
console.log(access_token);
