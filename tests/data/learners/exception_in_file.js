// 2 / 4: TypeError: Cannot read properties of null
import { send } from "./lib/throws.js";
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
const response_json = await send(token_url, data);
