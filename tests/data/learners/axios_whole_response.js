// 2 / 4: Some libraries have it in response.data
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
const axios = {
  post: async (url, body) => ({ data: await (await fetch(url, { method: "POST", body })).json() }),
};
const response_json = await axios.post(token_url, data);
const access_token = response_json.access_token;
console.log(access_token);
