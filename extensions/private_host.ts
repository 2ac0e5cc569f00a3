// Hosts that only this machine or its own network can reach. A server elsewhere has no reason to send
// anyone there.

const LOCAL_NAME = /(^|\.)(localhost|local|internal)\.?$/;
const IPV4 = /^\d+(\.\d+){3}$/;
const PRIVATE_IPV4 =
  /^(0|10|127)\.|^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|^169\.254\.|^172\.(1[6-9]|2\d|3[01])\.|^192\.168\./;
// The loopback and unspecified address, unique local addresses, and those of one link (RFC 4291, RFC 4193).
const PRIVATE_IPV6 = /^::1?$|^f[cd]|^fe[89ab]/;
// How `URL` writes an IPv4 address within an IPv6 address (RFC 4291 §2.5.5, RFC 6052 §2.1).
const MAPPED_IPV4 = /^(?:::|::ffff:|64:ff9b::)([\da-f]{1,4}):([\da-f]{1,4})$/;

/** Whether a URL names this machine or its own network, as far as its host name shows that. */
export function isPrivateHost({ hostname }: URL): boolean {
  if (!hostname.startsWith("[")) return LOCAL_NAME.test(hostname) || isPrivateIpv4(hostname);

  const address = hostname.slice(1, -1);
  const [, high, low] = address.match(MAPPED_IPV4) ?? [];
  if (high === undefined || low === undefined) return PRIVATE_IPV6.test(address);
  return isPrivateIpv4([...bytesOf(high), ...bytesOf(low)].join("."));
}

function isPrivateIpv4(host: string): boolean {
  return IPV4.test(host) && PRIVATE_IPV4.test(host);
}

/** The two bytes of a group of an IPv6 address. */
function bytesOf(group: string): number[] {
  const value = parseInt(group, 16);
  return [value >> 8, value & 0xff];
}
