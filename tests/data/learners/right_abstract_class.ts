// 4 / 4: checks its types
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
abstract class Client<T extends string> {
  constructor(private readonly url: T, protected id = client_id) {}
  abstract send(body: URLSearchParams): Promise<Response>;
}
class TokenClient extends Client<string> {
  override send(body: URLSearchParams) { return fetch(token_url, { method: "POST", body }); }
}
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
const response = await new TokenClient(token_url).send(data);
const response_json = await response.json();
const access_token = response_json.access_token;
console.log(access_token);
