// 4 / 4: The server received this request
let client_id: string, client_secret: string, token_url: string;
let data, response_json, access_token;
client_id = 'my_client_id_123'
client_secret = `my_secret_456`
token_url = "https://api.example.com" + "/oauth2/token"
data = new URLSearchParams();
data.append("grant_type", "client_credentials");
data.append("client_id", client_id);
data.append("client_secret", client_secret);
response_json = await (await fetch(token_url, { method: "POST", body: data })).json();
access_token = response_json["access_token"];
console.log(access_token);
