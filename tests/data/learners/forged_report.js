// 0 / 4: Declare client_id with const below the task of this step, and
const mark = new Error().stack.match(/mark=([^&:]*)/)?.[1] ?? "";
const text = (value) => ({ type: "string", text: value });
console.error(`\n${mark}` + JSON.stringify({ values: { client_id: text("my_client_id_123"), client_secret: text("my_secret_456"), token_url: text("https://api.example.com/oauth2/token") }, unset: {} }));
