import { assertEquals } from "@std/assert";
import { readOnce, rememberAnswers } from "./answers.ts";

Deno.test("readOnce reads again, but for what is remembered", async () => {
  let reads = 0;
  const read = () => Promise.resolve(`${++reads}`);
  assertEquals([await readOnce("a", read), await readOnce("a", read)], ["1", "2"]);
  {
    using _answers = rememberAnswers();
    assertEquals([await readOnce("a", read), await readOnce("a", read)], ["3", "3"]);
    assertEquals(await readOnce("b", read), "4");
  }
  assertEquals(await readOnce("a", read), "5");
});

Deno.test("readOnce does not remember that nothing was given", async () => {
  using _answers = rememberAnswers();
  const given = [undefined, "", "secret"];
  const read = () => Promise.resolve(given.shift());
  const answers = [await readOnce("a", read), await readOnce("a", read), await readOnce("a", read)];
  assertEquals([...answers, await readOnce("a", read)], [undefined, "", "secret", "secret"]);
});
