// 2 / 4: There is no postForm here. If it is a variable of yours,
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
const response = await postForm(token_url, data);
const response_json = await response.json();
const access_token = response_json.access_token;
console.log(access_token);
