// 4 / 4: The server received this request
export const client_id = "my_client_id_123";
export const client_secret = "my_secret_456";
export const token_url = "https://api.example.com/oauth2/token";
export const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
export const response = await fetch(token_url, { method: "POST", body: data });
export const response_json = await response.json();
export const access_token = response_json.access_token;
console.log(access_token);
