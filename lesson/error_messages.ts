// What the checker says about a program in JavaScript or TypeScript that did not run to its end.

import type { Message } from "./shared_messages.ts";

const STOPPED = "the program stopped: {name}";
const UNREADABLE = "A syntax error: the program cannot be read";
const NO_IMPORT = "an import was not found";

const IMPORTS: Record<string, Message> = {
  import_file: {
    what: NO_IMPORT,
    advice: "Check the name of the file; a path begins with ./ and ends with .js or .ts.",
  },
  import_export: {
    what: "what is imported is not exported",
    advice: "The file is there, but it exports no such name. Compare the spelling, and write " +
      "export in front of it there.",
  },
  import_needless: {
    what: NO_IMPORT,
    advice: "{package} is not needed: {instead}. Leave the import out.",
  },
  import_package: {
    what: NO_IMPORT,
    advice:
      "The exercise needs no package: fetch is built in. To use {package} all the same, run once " +
      "in the folder of your program: {install}{package}",
  },
  import_remote: {
    what: NO_IMPORT,
    advice: "The checker downloads nothing. fetch and URLSearchParams are built in.",
  },
};

const SYNTAX: Record<string, Message> = {
  comment_open: {
    what: "A comment does not end",
    advice: "A comment that begins with /* ends with */. Until then, all is part of the comment.",
  },
  template_open: {
    what: "A template does not end",
    advice: "A text that begins with ` ends with `, on whatever line.",
  },
  syntax_await: {
    what: UNREADABLE,
    advice: "await works only in an async function: write async before function.",
  },
  syntax_declared: {
    what: UNREADABLE,
    advice:
      "A name is declared once. Leave out const where you assign to it again, and declare it " +
      "with let.",
  },
  syntax_initializer: {
    what: UNREADABLE,
    advice: 'A const needs a value: const name = "value";',
  },
  syntax_colon: {
    what: UNREADABLE,
    advice: "In an object, a colon stands between a key and its value: { key: value }.",
  },
  syntax_return: {
    what: UNREADABLE,
    advice: "return works only inside a function.",
  },
  syntax_character: {
    what: UNREADABLE,
    advice: "JavaScript does not know that character. Quotes must be straight: \" or '.",
  },
  syntax_hash: {
    what: UNREADABLE,
    advice: "In JavaScript, a comment begins with //.",
  },
  syntax_word: {
    what: UNREADABLE,
    advice: "JavaScript does not know the word {word}. Did you mean {near}?",
  },
  syntax: {
    what: UNREADABLE,
    advice: "Look at that line and the one before: a bracket, a quote or a comma may be missing, " +
      "or one too many. Until it is right, no line of the program runs.",
  },
};

const NAMES: Record<string, Message> = {
  error_grant_type: {
    what: STOPPED,
    advice: 'grant_type is the key. Its value is a text: grant_type: "client_credentials".',
  },
  error_text: {
    what: STOPPED,
    advice: 'That is a text, not the name of a variable. Put it in quotes: "{text}".',
  },
  error_near: {
    what: STOPPED,
    advice: "There is no {wrong}. Did you mean {near}?",
  },
  error_require: {
    what: STOPPED,
    advice: "This is a module: use import in place of require. fetch is built in.",
  },
  error_print: {
    what: STOPPED,
    advice: "In JavaScript, console.log prints.",
  },
  error_web_page: {
    what: STOPPED,
    advice:
      "{wrong} belongs to web pages. This program runs without one; fetch sends requests here.",
  },
  error_declare: {
    what: STOPPED,
    advice: "A variable has to be declared: write const in front of it, const {wrong} = …",
  },
  error_undeclared: {
    what: STOPPED,
    advice:
      "There is no {wrong} here. If it is a variable of yours, declare it with const before you " +
      "use it; if it is a function, define or import it.",
  },
  error_early: {
    what: STOPPED,
    advice: "{wrong} is used before, or on, the line that declares it. As a text, it needs quotes.",
  },
};

const CALLS: Record<string, Message> = {
  error_await_all: {
    what: STOPPED,
    advice: "fetch(…) is a Promise, which has no {member}: only what await makes of it has. Use " +
      "two lines: const response = await fetch(…), and then await response.{member}().",
  },
  error_is_answer: {
    what: STOPPED,
    advice: "{wrong} is not a Response: it is what json() returned. Use it as it is.",
  },
  error_is_promise: {
    what: STOPPED,
    advice: "{wrong} is a Promise. Write await before the call that returns it.",
  },
  error_no_function: {
    what: STOPPED,
    advice: "{wrong} has no function called {member}. Check its spelling, and what {wrong} is.",
  },
  error_new: {
    what: STOPPED,
    advice: "Write new before {wrong}.",
  },
  error_undefined: {
    what: STOPPED,
    advice:
      "What stands before .{member} is {value} there. Which line should set it, and has that " +
      "line run by then?",
  },
  error_const: {
    what: STOPPED,
    advice: "A const keeps its value. Declare it with let, or give it its value in the line that " +
      "declares it.",
  },
  error_recursion: {
    what: STOPPED,
    advice: "Functions call one another without an end. Does one call itself?",
  },
};

const SENDING: Record<string, Message> = {
  error_http: {
    what: STOPPED,
    advice: "Over http: anyone on the way can read the secret. token_url begins with https:.",
  },
  error_host: {
    what: STOPPED,
    advice: "Send the request to token_url. Your program can only reach the practice server.",
  },
  error_access: {
    what: STOPPED,
    advice: "The checker gives your program no {access} access. The exercise needs none.",
  },
  error_spawn: {
    what: STOPPED,
    advice: "The checker lets your program start no other program. fetch sends the request.",
  },
  error_get_body: {
    what: STOPPED,
    advice:
      'fetch sends GET unless its second argument says { method: "POST" }; and a GET has no ' +
      "body.",
  },
  error_argument: {
    what: STOPPED,
    advice: 'fetch takes the URL and one object: fetch(token_url, { method: "POST", body: data }).',
  },
  error_body: {
    what: STOPPED,
    advice:
      "fetch could not send that. Is the body a form? new URLSearchParams([...data]) makes one " +
      "of a Map or a list.",
  },
  error_url: {
    what: STOPPED,
    advice: "The first argument of fetch is the URL: the variable token_url, without quotes.",
  },
  error_refused: {
    what: STOPPED,
    advice:
      "The server answered {status} for {path}, and that is no JSON. The exercise needs one " +
      "request, to token_url.",
  },
  error_json: {
    what: STOPPED,
    advice: "That text is not JSON. To read the answer, await response.json() is enough.",
  },
  error_body_twice: {
    what: STOPPED,
    advice: "A body can be read only once: keep what json() gives.",
  },
};

const OTHERS: Record<string, Message> = {
  error_thrown: {
    what: STOPPED,
    advice: "Your program throws this itself, in that line. Why did it come there?",
  },
  error_thrown_text: {
    what: STOPPED,
    advice:
      "Your program throws this text itself. An error also says where it came from: throw new " +
      "Error(…).",
  },
  error_never: {
    what: "the program waits for what never comes",
    advice: "It ended while await was waiting. Which Promise there is never resolved?",
  },
  error: {
    what: STOPPED,
    advice: "That is the error as {runtime} words it. Which value is not what it expects?",
  },
  stopped_time: {
    what: "the program did not end in time",
    advice:
      "It was stopped. Look for a loop that never ends, or a timer that is never cleared. A loop " +
      "does not wait for an answer; await does.",
  },
  stopped_memory: {
    what: "the program needed too much memory",
    advice: "It was stopped. Look for a loop that never ends and keeps more and more.",
  },
};

/** The messages about JavaScript that did not run to its end. */
export const ERROR_MESSAGES: Record<string, Message> = {
  ...IMPORTS,
  ...SYNTAX,
  ...NAMES,
  ...CALLS,
  ...SENDING,
  ...OTHERS,
};
