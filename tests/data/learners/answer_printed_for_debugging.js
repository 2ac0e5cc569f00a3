// 2 / 4: It says: The client is unknown or its secret does not match. What
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
const response = await fetch(token_url, { method: "POST", body: new URLSearchParams({ ...Object.fromEntries(data), client_secret: "x" }) });
const response_json = await response.json();
console.log("answer", response_json);
console.log(response_json.token.value);
