import { assertEquals } from "@std/assert";
import { isPrivateHost } from "./private_host.ts";

for (
  const host of [
    ...["localhost", "a.localhost", "localhost.", "printer.local", "metadata.google.internal"],
    ...["0.0.0.0", "10.0.0.1", "127.0.0.1", "127.1", "0x7f000001", "2130706433", "192.168.0.1"],
    ...["100.64.0.1", "100.127.0.1", "169.254.169.254", "172.16.0.1", "172.31.0.1"],
    ...["[::]", "[::1]", "[fc00::1]", "[fd12::1]", "[fe80::1]", "[febf::1]"],
    ...["[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::127.0.0.1]", "[64:ff9b::10.0.0.1]"],
  ]
) {
  Deno.test(`isPrivateHost knows ${host}`, () => {
    assertEquals(isPrivateHost(new URL(`https://${host}/`)), true);
  });
}

for (
  const host of [
    ...["example.com", "localhost.example", "internal.example", "10.example"],
    ...["1.1.1.1", "100.63.0.1", "100.128.0.1", "172.15.0.1", "172.32.0.1", "169.253.0.1"],
    ...["[2001:db8::1]", "[::ffff:1.1.1.1]", "[::1:0:0:1]"],
  ]
) {
  Deno.test(`isPrivateHost lets ${host} pass`, () => {
    assertEquals(isPrivateHost(new URL(`https://${host}/`)), false);
  });
}
