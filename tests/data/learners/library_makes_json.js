// 2 / 4: which some libraries call by themselves
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = { grant_type: "client_credentials", client_id, client_secret };
const axios = {
  async post(url, body) {
    const request = { method: "POST", body: JSON["stringify"](body) };
    return { data: await (await fetch(url, request)).json() };
  },
};
const response_json = (await axios.post(token_url, data)).data;
const access_token = response_json.access_token;
console.log(access_token);
