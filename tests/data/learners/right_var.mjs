// 4 / 4: The server received this request
var client_id = "my_client_id_123";
var client_secret = "my_secret_456";
var token_url = "https://api.example.com/oauth2/token";
var data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
var response = await fetch(token_url, { method: "POST", body: data });
var response_json = await response.json();
var access_token = response_json.access_token;
console.log(access_token);
