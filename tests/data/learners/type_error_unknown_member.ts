// 4 / 4: checks its types
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
interface Answer { token: string }
const response: Response = await fetch(token_url, { method: "POST", body: data });
const response_json: Answer = await response.json();
const access_token = response_json.access_token;
console.log(access_token);
