/**
 * What the flag --help prints.
 *
 * @module
 */

/** The help text. */
export const HELP = `Gets an OAuth 2.0 access token with the client credentials grant and prints it.

Usage: deno run --allow-net main.ts [flags]

Who asks, and where                                        or this variable, or a line in .env
      --token-url <url>            the token endpoint                  TOKEN_URL
      --client-id <id>             the client identifier               CLIENT_ID
      --client-secret <secret>     other users can see it in ps        CLIENT_SECRET
      --client-secret-file <path>  the secret's file, or - for standard input
      --env-file <path>            another file than .env

What to ask for
      --scope <scope>              a scope; repeatable                 SCOPE
      --param <name=value>         a further form field; repeatable
      --auth-method <method>       client_secret_post (default),       AUTH_METHOD
                                   client_secret_basic or client_secret_basic_raw
      --header <name: value>       a further header field; repeatable

How to ask, and what to print
  -o, --output <format>            token (default), json or header
      --timeout <seconds>          for each try; 10
      --retries <n>                0 to 10; 2
      --allow-http                 send the secret unencrypted to other machines
      --explain                    tell the four steps on stderr
      --demo                       run the lesson with a practice server
  -h, --help  -V, --version

Exit codes: 0 token printed, 1 refused, 2 wrong use, 3 no answer, 4 no usable token, 70 bug

Examples
  deno run --allow-net main.ts --demo --explain
  deno run --allow-net --allow-read=.env main.ts --scope read
  TOKEN=$(deno run --allow-net --allow-env=TOKEN_URL,CLIENT_ID,CLIENT_SECRET main.ts) || exit`;
