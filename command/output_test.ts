import { assertEquals } from "@std/assert";
import { report, say, write } from "./output.ts";

/** Notes what is written to a stream whose `writeSync` calls `attempt` first. */
async function capture(
  stream: "stdout" | "stderr",
  attempt: (call: number, bytes: Uint8Array) => number,
  work: () => unknown,
): Promise<{ result: unknown; written: string }> {
  const { writeSync } = Deno[stream];
  const decoder = new TextDecoder();
  let written = "";
  let calls = 0;
  Deno[stream].writeSync = (bytes) => {
    const count = attempt(++calls, bytes);
    written += decoder.decode(bytes.subarray(0, count), { stream: true });
    return count;
  };
  try {
    return { result: await work(), written };
  } finally {
    Deno[stream].writeSync = writeSync;
  }
}

const all = (_: number, bytes: Uint8Array) => bytes.length;

Deno.test("write goes on where a pipe took only a part", async () => {
  const { result, written } = await capture("stdout", () => 2, () => write("tökén"));
  assertEquals([result, written], [0, "tökén\n"]);
});

Deno.test("write tries again when a pipe is full", async () => {
  const attempt = (call: number, bytes: Uint8Array) => {
    if (call < 3) throw new Deno.errors.WouldBlock("full");
    return bytes.length;
  };
  const started = performance.now();
  const { result, written } = await capture("stdout", attempt, () => write("token"));
  assertEquals([result, written], [0, "token\n"]);
  assertEquals(performance.now() - started >= 9, true);
});

Deno.test("write takes a reader that has gone for one that has had enough", async () => {
  const attempt = () => {
    throw new Deno.errors.BrokenPipe("gone");
  };
  assertEquals((await capture("stdout", attempt, () => write("token"))).result, 0);
});

Deno.test("write says why stdout cannot be written", async () => {
  const attempt = () => {
    throw new Error("No space left");
  };
  const { result, written } = await capture("stderr", all, async () => {
    const { result } = await capture("stdout", attempt, () => write("token"));
    return result;
  });
  assertEquals([result, written], [70, "error: stdout cannot be written: Error: No space left\n"]);
});

Deno.test("say is silent when there is nobody to tell", async () => {
  const attempt = () => {
    throw new Error("closed");
  };
  assertEquals((await capture("stderr", attempt, () => say("hello"))).result, undefined);
});

Deno.test("report names the place of an unexpected error, and keeps its message back", async () => {
  const error = new RangeError("my_secret_456");
  error.stack = `${error}\n    at f (file:///home/me/settings.ts:12:34)`;
  const { result, written } = await capture("stderr", all, () => report(error));
  assertEquals(
    [result, written],
    [70, "error: Unexpected RangeError at settings.ts:12:34; please report it\n"],
  );
});

for (
  const [what, thrown, name] of [
    ["a string", "my_secret_456", "string"],
    ["an error without a stack", Object.assign(new Error("x"), { stack: undefined }), "Error"],
  ] as const
) {
  Deno.test(`report tells what it can of ${what} that was thrown`, async () => {
    const { result, written } = await capture("stderr", all, () => report(thrown));
    assertEquals([result, written], [70, `error: Unexpected ${name}; please report it\n`]);
  });
}
