// 4 / 4: The server received this request
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
// What a library such as axios does.
const axios = {
  async post(url, body) {
    const response = await fetch(url, { method: "POST", body });
    return { status: response.status, data: await response.json() };
  },
};
const response = await axios.post(token_url, data);
const response_json = response.data;
const access_token = response_json.access_token;
console.log(access_token);
