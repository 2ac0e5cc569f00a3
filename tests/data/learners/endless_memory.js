// 2 / 4: the program needed too much memory
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
const all = [];
while (true) all.push(new Array(1000000).fill(all.length));
