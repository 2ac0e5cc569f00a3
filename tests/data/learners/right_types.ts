// 4 / 4: The server received this request
interface TokenResponse {
  access_token: string;
  token_type: string;
}
type Read = (response: Response) => Promise<TokenResponse>;
const client_id: string = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
const read: Read = async (response) => (await response.json()) as TokenResponse;
const response_json = await read(await fetch(token_url, { method: "POST", body: data }));
const access_token = response_json.access_token satisfies string;
console.log(access_token);
