// 1 / 4: document belongs to web pages. This program runs without one;
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = document.querySelector("form");
