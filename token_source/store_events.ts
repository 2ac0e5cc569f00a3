// The errors that a store reports by itself. If nobody listens, some stores throw them instead, and the
// process ends: Keyv 6 does so when Redis restarts.

import type { TokenStore } from "./store.ts";

type Listener = (error: unknown) => void;

/** A store that emits events, such as a Keyv. */
interface Emitter {
  on(event: "error", listener: Listener): unknown;
}

/** Whom to tell about one store. A source that is no longer used is forgotten. */
class Audience {
  #listeners: WeakRef<Listener>[] = [];
  #limit = 16;

  add(listener: Listener): void {
    this.#listeners.push(new WeakRef(listener));
    if (this.#listeners.length < this.#limit) return;

    this.#listeners = this.#listeners.filter((reference) => reference.deref());
    this.#limit = Math.max(16, 2 * this.#listeners.length);
  }

  tell(error: unknown): void {
    for (const reference of this.#listeners) reference.deref()?.(error);
  }
}

const audiences = new WeakMap<TokenStore, Audience>();

/**
 * Calls `listener` with each error that a store reports, as long as something else refers to `listener`.
 * The store has one listener, however many sources use it.
 */
export function listenToErrors(store: TokenStore, listener: Listener): void {
  let audience = audiences.get(store);
  if (!audience) {
    audience = new Audience();
    audiences.set(store, audience);
    attach(store, audience);
  }
  audience.add(listener);
}

function attach(store: TokenStore, audience: Audience): void {
  try {
    if (isEmitter(store)) store.on("error", (error) => audience.tell(error));
  } catch {
    // What it calls `on` may be something else.
  }
}

function isEmitter(store: object): store is Emitter {
  return "on" in store && typeof store.on === "function";
}
