import { assertEquals } from "@std/assert";
import { TokenError } from "../token.ts";
import { hintFor } from "./hints.ts";

for (
  const [kind, message, hint] of [
    [
      "usage",
      "The npm package jose@1.2.3, which signs, cannot be loaded",
      "Install it: npm install jose",
    ],
    ["usage", "--allow-net is a flag of Deno", "Leave it out; Node.js has no such permissions"],
    [
      "unreachable",
      "self-signed certificate in certificate chain",
      "To trust a private authority,",
    ],
    ["unreachable", "unable to verify the first certificate", "To trust a private authority,"],
    ["unreachable", "unable to get local issuer certificate", "To trust a private authority,"],
    ["unreachable", "certificate has expired", "Check this machine's clock, then the certificate"],
    ["unreachable", "certificate is not yet valid", "Check this machine's clock,"],
    [
      "unreachable",
      "Hostname/IP does not match certificate's altnames: Host: localhost. is not in the",
      "Check the host name",
    ],
    [
      "unreachable",
      "00AB:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:",
      "The server does not use TLS on this port",
    ],
    [
      "unreachable",
      "00AB:error:0A0000C6:SSL routines:tls_get_more_records:packet length too long:",
      "The server does not use TLS on this port",
    ],
    [
      "unreachable",
      "getaddrinfo ENOTFOUND a.example",
      "Check the host name and the network",
    ],
    [
      "unreachable",
      "getaddrinfo EAI_AGAIN a.example",
      "Check the host name and the network",
    ],
    [
      "unreachable",
      "00AB:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:SSL alert number 116",
      "The server accepts no connection without a certificate",
    ],
    [
      "unreachable",
      "00AB:error:0A000410:SSL routines:ssl3_read_bytes:ssl/tls alert handshake failure:SSL alert number 40",
      "The server accepts no connection without a certificate",
    ],
    ...["unknown ca", "access denied", "bad certificate"].map((alert) =>
      [
        "unreachable",
        `00AB:error:0A000418:SSL routines:ssl3_read_bytes:tlsv1 alert ${alert}:SSL alert number 1`,
        "The server accepts no connection without a certificate",
      ] as const
    ),
    [
      "unreachable",
      "connect ECONNREFUSED 127.0.0.1:9",
      "Nothing listens there; check the host and the port",
    ],
  ] as const
) {
  Deno.test(`hintFor knows what to do in Node.js about "${message}"`, () => {
    const text = kind === "unreachable" ? `No answer from a.example: ${message}` : message;
    const error = new TokenError(kind, text);
    assertEquals(hintFor(error, undefined, undefined, "node")?.slice(0, hint.length), hint);
  });
}

Deno.test("hintFor knows nothing more in Node.js about what is wrong with a value", () => {
  const error = new TokenError("usage", "retries must be 0 to 10");
  assertEquals(hintFor(error, undefined, undefined, "node"), undefined);
});
