// 2 / 4: api.exampel.com cannot be reached
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
try { const response = await fetch("https://api.exampel.com/oauth2/token", { method: "POST", body: data }); } catch (e) {}
