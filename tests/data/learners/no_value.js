// 0 / 4: Assign the value itself
const client_id = "my_client_id_123";
let client_secret;
const token_url = "https://api.example.com/oauth2/token";
