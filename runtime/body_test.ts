import { assertEquals } from "@std/assert";
import { isRepeatable } from "./body.ts";

Deno.test("isRepeatable knows what fetch reads without using it up", () => {
  const kept = [undefined, null, "", "a", new URLSearchParams("a=b"), new FormData()];
  const bytes = new Uint8Array(1);
  for (const body of [...kept, new Blob(["a"]), bytes.buffer, bytes, new DataView(bytes.buffer)]) {
    assertEquals(isRepeatable(body), true);
  }
  const stream = new Blob(["a"]).stream();
  const request = new Request("https://a.example/", { method: "POST", body: "a" });
  async function* generate() {
    yield await Promise.resolve(bytes);
  }
  for (const body of [stream, stream.values(), request.body, generate(), [bytes], {}]) {
    assertEquals(isRepeatable(body), false);
  }
});
