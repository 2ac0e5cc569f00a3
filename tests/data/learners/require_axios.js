// 0 / 4: This is a module: use import in place of require. fetch is
const axios = require("axios");
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
const response = await axios.post(token_url, data);
const response_json = response.data;
const access_token = response_json.access_token;
console.log(access_token);
