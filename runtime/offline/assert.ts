// `@std/assert` over `node:assert/strict`, as far as the tests use it.

import nodeAssert from "node:assert/strict";

type ErrorClass<E extends Error> = abstract new (...args: never[]) => E;

/** Passes if `value` is truthy. */
export function assert(value: unknown, message?: string): asserts value {
  nodeAssert.ok(value, message);
}

/** Passes if both are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  nodeAssert.deepEqual(actual, expected, message);
}

/** Passes if `actual` matches. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  nodeAssert.match(actual, expected, message);
}

/** Passes if `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  nodeAssert.ok(actual.includes(expected), message ?? `${actual}\ndoes not include\n${expected}`);
}

/** Returns what `work` throws, if that is an `E` whose message includes `text`. */
export function assertThrows<E extends Error>(
  work: () => unknown,
  errorClass: ErrorClass<E>,
  text = "",
): E {
  try {
    work();
  } catch (error) {
    return checked(error, errorClass, text);
  }
  throw new nodeAssert.AssertionError({ message: "Expected function to throw" });
}

/** Resolves to what `work` rejects with, if that is an `E` whose message includes `text`. */
export async function assertRejects<E extends Error>(
  work: () => Promise<unknown>,
  errorClass: ErrorClass<E>,
  text = "",
): Promise<E> {
  try {
    await work();
  } catch (error) {
    return checked(error, errorClass, text);
  }
  throw new nodeAssert.AssertionError({ message: "Expected function to reject" });
}

function checked<E extends Error>(error: unknown, errorClass: ErrorClass<E>, text: string): E {
  nodeAssert.ok(error instanceof errorClass, `Expected ${errorClass.name}, got ${error}`);
  assertStringIncludes(error.message, text);
  return error;
}
