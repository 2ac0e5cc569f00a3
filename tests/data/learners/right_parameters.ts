// 4 / 4: The server received this request
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
async function send(url: string, form: URLSearchParams): Promise<{ access_token: string }> {
  const response = await fetch(url, { method: "POST", body: form });
  return await response.json();
}
const print = (access_token: string): void => console.log(access_token);

const response_json = await send(token_url, data);
print(response_json.access_token);
