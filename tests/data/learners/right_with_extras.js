// 4 / 4: The server received this request
//!/usr/bin/env -S deno run
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
const greet = "const client_id = 'x'"; // const data = 5;
const pattern = /const [data] "=/;
console.log("Asking…");
const response = await fetch(token_url, { method: "POST", body: data });
const response_json = await response.json();
const access_token = response_json.access_token;
if (!access_token) throw new Error(`no token: ${JSON.stringify(response_json)}`);
console.log(access_token);
for (const [name] of data) if (name === greet || pattern.test(name)) console.log(name);
