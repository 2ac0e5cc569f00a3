// 1 / 4: has no value yet where data is made
var data = { grant_type: "client_credentials", client_id: client_id, client_secret: client_secret };
var client_id = "my_client_id_123";
var client_secret = "my_secret_456";
var token_url = "https://api.example.com/oauth2/token";
