// What to do about an error in Node.js, where that is not the same as in Deno: Node.js has no permissions,
// installs packages, and has texts of its own for what goes wrong in the network.

import type { TokenError } from "../token.ts";

/** For each kind of error, what its message matches, and what to do. */
export type Hints = Record<TokenError["kind"], [message: RegExp, hint: string][]>;

/** They come before those for all runtimes. */
export const HINTS_IN_NODE: Hints = {
  usage: [
    [/^The npm package (jose)@/, "Install it: npm install $1"],
    [/ is a flag of Deno$/, "Leave it out; Node.js has no such permissions"],
  ],
  refused: [],
  unusable: [],
  unreachable: [
    [
      /: .*(self-signed certificate|unable to (verify|get))/,
      "To trust a private authority, set NODE_EXTRA_CA_CERTS=FILE",
    ],
    [
      /: certificate (has expired|is not yet valid)/,
      "Check this machine's clock, then the certificate",
    ],
    [/: .*does not match certificate's altnames/, "Check the host name"],
    [
      /: .*(wrong version number|packet length too long)/,
      "The server does not use TLS on this port; check the port",
    ],
    [/: getaddrinfo /, "Check the host name and the network"],
    [
      /: .*alert (certificate|unknown ca|handshake failure|access denied|bad certificate)/,
      "The server accepts no connection without a certificate that it knows; check --client-cert",
    ],
  ],
};
