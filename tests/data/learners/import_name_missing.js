// 0 / 4: The file is there, but it exports no such name. Compare the
import { postFrom } from "./lib/post_form.js";
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
const response_json = await postFrom(token_url, data);
const access_token = response_json.access_token;
console.log(access_token);
