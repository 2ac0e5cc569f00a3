/**
 * `requestToken`, a bare `fetch` and other libraries, made to do the same: each sends id and secret in
 * the form and asks for JSON, and each is given the same `fetch`. What a library can keep from one
 * request to the next is made beforehand. simple-oauth2 is not here, as it takes no `fetch`.
 *
 * @module
 */

// deno-lint-ignore-file no-import-prefix
import { OAuth2Client } from "npm:@badgateway/oauth2-client@3.3.1";
import * as oauth from "npm:oauth4webapi@3.8.8";
import * as openid from "npm:openid-client@6.9.0";
import { requestToken } from "../token.ts";
import { REQUEST } from "./server.ts";

/** The part of `fetch` that all of them use. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const { client_id, client_secret } = REQUEST;
const issuer = "https://api.example.com";

/** What the small program in the README does, with the header fields that `requestToken` sends. */
function bare(token_url: string, fetch: Fetch) {
  return async () => {
    const data = new URLSearchParams({
      grant_type: "client_credentials",
      client_id,
      client_secret,
    });
    const response = await fetch(token_url, {
      method: "POST",
      headers: {
        accept: "application/json",
        "content-type": "application/x-www-form-urlencoded",
      },
      body: data.toString(),
    });
    const response_json = await response.json();
    return response_json.access_token;
  };
}

function ours(token_url: string, fetch: Fetch) {
  const request = { token_url, client_id, client_secret };
  return async () => (await requestToken(request, { fetch })).access_token;
}

function oauth4webapi(token_url: string, fetch: Fetch) {
  const server: oauth.AuthorizationServer = { issuer, token_endpoint: token_url };
  const client: oauth.Client = { client_id };
  const authentication = oauth.ClientSecretPost(client_secret);
  const options = { [oauth.customFetch]: fetch, [oauth.allowInsecureRequests]: true };
  return async () => {
    const response = await oauth.clientCredentialsGrantRequest(
      server,
      client,
      authentication,
      new URLSearchParams(),
      options,
    );
    const result = await oauth.processClientCredentialsResponse(server, client, response);
    return result.access_token;
  };
}

function openidClient(token_url: string, fetch: Fetch) {
  const config = new openid.Configuration(
    { issuer, token_endpoint: token_url },
    client_id,
    undefined,
    openid.ClientSecretPost(client_secret),
  );
  config[openid.customFetch] = fetch as openid.CustomFetch;
  openid.allowInsecureRequests(config);
  return async () => (await openid.clientCredentialsGrant(config)).access_token;
}

function badgateway(token_url: string, fetch: Fetch) {
  const client = new OAuth2Client({
    clientId: client_id,
    clientSecret: client_secret,
    tokenEndpoint: token_url,
    authenticationMethod: "client_secret_post",
    fetch: fetch as typeof globalThis.fetch,
  });
  return async () => (await client.clientCredentials()).accessToken;
}

/** Makes a function that gets one `access_token` from this address. */
export const LIBRARIES: Record<
  string,
  (token_url: string, fetch: Fetch) => () => Promise<unknown>
> = {
  "fetch and json()": bare,
  requestToken: ours,
  oauth4webapi,
  "openid-client": openidClient,
  "@badgateway/oauth2-client": badgateway,
};
