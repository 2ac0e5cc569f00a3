// 0 / 4: deno cache --no-lock --node-modules-dir=auto npm:a-library-that-is-not-there
import got from "npm:a-library-that-is-not-there@1.0.0";
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
