// What the checker says about a program that Node.js runs, and Deno would run otherwise.

import type { Message } from "./shared_messages.ts";

/** The messages, by code. */
export const NODE_MESSAGES: Record<string, Message> = {
  syntax_types: {
    what: "Node.js cannot run that",
    advice: "Node.js leaves types out of a program and runs the rest. An enum, a namespace or a " +
      "parameter property is more than a type: write it without.",
  },
  import_export_in_node: {
    what: "what is imported is not exported",
    advice:
      "The file is there, but it exports no such name, or only a type of that name. Is it a " +
      "type? Then write import type. Otherwise compare the spelling, and write export in front " +
      "of it there.",
  },
  error_deno: {
    what: "the program stopped: {name}",
    advice: "Only Deno has an object Deno, and this program runs in Node.js. The exercise needs " +
      "fetch, URLSearchParams and console.log, which both have.",
  },
};
