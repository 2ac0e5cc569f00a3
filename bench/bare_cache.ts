/** Reads the file of a cached token, opens the seal with the secret from the environment, and prints it. */

const path = Deno.env.get("CACHE_FILE")!;
const encoder = new TextEncoder();
const [, value] = (await Deno.readTextFile(path)).split("\nv1.");
const bytes = Uint8Array.from(atob(value!), (character) => character.charCodeAt(0));
const secret = encoder.encode(Deno.env.get("CLIENT_SECRET")!);
const input = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
const key = await crypto.subtle.deriveKey(
  {
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(),
    info: encoder.encode("client-credentials token seal v1"),
  },
  input,
  { name: "AES-GCM", length: 256 },
  false,
  ["decrypt"],
);
const additionalData = encoder.encode(path.split("/").at(-1));
const cipher = { name: "AES-GCM", iv: bytes.subarray(0, 12), additionalData };
const plain = await crypto.subtle.decrypt(cipher, key, bytes.subarray(12));
console.log(JSON.parse(new TextDecoder().decode(plain)).token.access_token);
