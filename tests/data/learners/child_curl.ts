// 2 / 4: The checker lets your program start no other program. fetch
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
const curl = new Deno.Command("curl", { args: ["-d", `${data}`, token_url] });
const response_json = JSON.parse(new TextDecoder().decode((await curl.output()).stdout));
const access_token = response_json.access_token;
console.log(access_token);
