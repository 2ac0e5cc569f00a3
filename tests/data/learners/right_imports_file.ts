// 4 / 4: The server received this request
import { postForm } from "./lib/post_form.js";
import { client_id, client_secret } from "./lib/credentials.js";

const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
const response_json = await postForm(token_url, data);
const access_token = response_json.access_token;
console.log(access_token);
