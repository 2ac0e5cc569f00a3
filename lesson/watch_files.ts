// `deno task learn --watch`: checks a file whenever it is saved, and takes keys.

import { print } from "../command/output.ts";
import { openKeys } from "../runtime/learn_runtime.ts";
import { isTerminal } from "../runtime/runtime.ts";
import { check, type Checked, readSource } from "./check_file.ts";
import type { Limits } from "./record_run.ts";
import { formatScreen } from "./screen.ts";
import { linkTo } from "./terminal_link.ts";
import { openingLine } from "./steps.ts";

const POLL_MS = 200;
// Clears the screen and what was scrolled out of it, and goes to its beginning.
const CLEAR = "\x1b[2J\x1b[3J\x1b[H";
// In raw mode, Ctrl-C and Ctrl-D are keys, too.
const QUIT = ["q", "\x03", "\x04"];
const KEYS = "h shows a hint, s a solution, q quits, and ? hides this.";
const KEYS_OF_MANY = "h shows a hint, s a solution, n the next file, q quits, and ? hides this.";

/** Checks files, one at a time, until all steps of the last hold or the learner quits. */
export async function watchFiles(files: string[], limits?: Limits): Promise<number> {
  const keys: string[] = [];
  let wake = () => {};
  const hasKeys = isTerminal("stdin") && isTerminal("stdout");
  using _keys = hasKeys
    ? openKeys((typed) => {
      keys.push(...typed);
      wake();
    })
    : undefined;

  const watcher = new Watcher(files, hasKeys, limits);
  for (;;) {
    const code = await watcher.update(keys.splice(0));
    if (code !== undefined) return code;
    const { promise, resolve } = Promise.withResolvers<void>();
    // Reading again and again works everywhere; notifications miss network drives and some editors.
    const timer = setTimeout(resolve, POLL_MS);
    wake = resolve;
    await promise;
    clearTimeout(timer);
  }
}

/** What is shown of one file, and what was shown before. */
class Watcher {
  #files: string[];
  #hasKeys: boolean;
  #limits: Limits | undefined;
  #index = 0;
  #source: string | undefined;
  #checked: Checked | undefined;
  #heldBefore = 0;
  #shown = { hint: false, solution: false, keys: false };

  constructor(files: string[], hasKeys: boolean, limits?: Limits) {
    this.#files = files;
    this.#hasKeys = hasKeys;
    this.#limits = limits;
  }

  /** Does what these keys say, and checks the file if it has changed; returns the exit code at the end. */
  async update(keys: string[]): Promise<number | undefined> {
    if (keys.some((key) => QUIT.includes(key))) return this.#isDone ? 0 : 1;
    const isAsked = keys.map((key) => this.#press(key)).some(Boolean);
    const source = await this.#read();
    if (source === this.#source && !isAsked) return undefined;
    if (source !== this.#source) await this.#check(source);
    this.#show(source);
    return this.#isDone && this.#files.length === 1 ? 0 : undefined;
  }

  /** Returns whether there is something new to show. */
  #press(key: string): boolean {
    const shown = this.#shown;
    if (key === "h") shown.hint = !shown.hint;
    else if (key === "s") shown.solution = !shown.solution;
    else if (key === "?") shown.keys = !shown.keys;
    else if (key === "n") this.#goOn();
    else return false;
    return true;
  }

  #goOn(): void {
    this.#index = (this.#index + 1) % this.#files.length;
    this.#source = undefined;
    this.#heldBefore = 0;
    this.#hideHelp();
  }

  #hideHelp(): void {
    this.#shown = { hint: false, solution: false, keys: false };
  }

  get #isDone(): boolean {
    return this.#checked !== undefined && !this.#checked.verdict.finding;
  }

  get #file(): string {
    return this.#files[this.#index]!;
  }

  async #read(): Promise<string> {
    try {
      return await readSource(this.#file);
    } catch (error) {
      // An editor may move the file away for a moment.
      if (this.#source === undefined) throw error;
      return this.#source;
    }
  }

  async #check(source: string): Promise<void> {
    this.#heldBefore = this.#source === undefined ? 0 : this.#checked?.verdict.held ?? 0;
    this.#source = source;
    this.#checked = await check(this.#file, source, this.#limits);
    // Help was for a step that holds now.
    if (this.#checked.verdict.held > this.#heldBefore) this.#hideHelp();
  }

  #show(source: string): void {
    const { run, verdict } = this.#checked!;
    const cleared = isTerminal("stdout") ? CLEAR : "";
    const isNew = verdict.held > this.#heldBefore;
    const link = linkTo(this.#file);
    const options = { ...this.#shown, why: isNew, link, hasKeys: this.#hasKeys };
    const screen = formatScreen(this.#file, run, verdict, options);
    print(cleared + openingLine(this.#file, source) + screen + this.#footer());
  }

  #footer(): string {
    const isOne = this.#files.length === 1;
    if (this.#isDone && isOne) return "";
    if (this.#shown.keys) return `\n${isOne ? KEYS : KEYS_OF_MANY}`;
    if (this.#isDone) return "\nn shows the next file, q quits.";
    const save = "\nSave the file to check it again";
    return this.#hasKeys
      ? `${save}, or press h for a hint, ? for all keys.`
      : `${save}. Ctrl-C ends.`;
  }
}
