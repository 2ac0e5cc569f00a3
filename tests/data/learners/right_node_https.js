// 4 / 4: The server received this request
import https from "node:https";

const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
const headers = { "content-type": "application/x-www-form-urlencoded" };
const request = https.request(token_url, { method: "POST", headers }, (response) => {
  let text = "";
  response.on("data", (part) => text += part);
  response.on("end", () => {
    const response_json = JSON.parse(text);
    const access_token = response_json.access_token;
    console.log(access_token);
  });
});
request.end(data.toString());
