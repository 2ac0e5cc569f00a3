// 4 / 4: checks its types
type Send = (url: string, body: URLSearchParams) => Promise<Response>;
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
async function getToken(send: Send, report: (text: string) => void): Promise<void> {
  const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
  const response = await send(token_url, data);
  const response_json = await response.json();
  const access_token = response_json.access_token;
  report(access_token);
}
await getToken(
  (url: string, body: URLSearchParams) => fetch(url, { method: "POST", body }),
  (text: string) => console.log(text),
);
