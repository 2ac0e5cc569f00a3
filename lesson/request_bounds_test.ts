import { assertEquals } from "@std/assert";
import { readBody, RequestBounds } from "./request_bounds.ts";

Deno.test("RequestBounds counts the requests in all", () => {
  let exceeded = 0;
  const bounds = new RequestBounds({ maxCount: 2, maxOpen: 9 }, () => exceeded++);
  const entered = [1, 2, 3].map(() => {
    const isIn = bounds.enter();
    bounds.leave();
    return isIn;
  });
  assertEquals([entered, exceeded], [[true, true, false], 1]);
});

Deno.test("RequestBounds counts the requests at the same time", () => {
  const bounds = new RequestBounds({ maxCount: 9, maxOpen: 1 });
  assertEquals([bounds.enter(), bounds.enter()], [true, false]);
  bounds.leave();
  assertEquals(bounds.enter(), true);
});

Deno.test("RequestBounds usually bounds only the requests at the same time", () => {
  const bounds = new RequestBounds();
  let entered = 0;
  while (entered < 2000 && bounds.enter()) entered++;
  assertEquals(entered, 500);
});

Deno.test("readBody reads a body up to a number of bytes", async () => {
  const read = (body?: string) =>
    readBody(new Request("http://localhost", { method: "POST", body }), 4);
  assertEquals(await Promise.all([read(), read("a"), read("éé"), read("ééa")]), [
    ...["", "a", "éé"],
    undefined,
  ]);
});
