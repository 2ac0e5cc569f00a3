// 1 / 4: Write new before Form.
const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
class Form { constructor() { this.grant_type = "client_credentials"; } }
const data = Form();
