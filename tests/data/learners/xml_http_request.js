// 2 / 4: XMLHttpRequest belongs to web pages. This program runs
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
const request = new XMLHttpRequest();
request.open("POST", token_url);
request.send(data);
