// What the checker says about a program in JavaScript or TypeScript; shared_messages.ts has what does not
// depend on the language, and error_messages.ts what is said about errors.

import type { Message } from "./shared_messages.ts";

const VARIABLES: Record<string, Message> = {
  not_reached: {
    what: "the line that sets {name} did not run",
    advice: "What does the program do in its place? console.log in the lines before shows that.",
  },
  not_finished: {
    what: "the line that sets {name} began, but did not end",
    advice:
      "Does it wait for something that never comes, or did an error end it that the program " +
      "drops? console.error in catch shows an error.",
  },
  caught: {
    what: "the line that sets {name} failed, and the program caught the error",
    advice: "Print the error in catch to see such things: console.error(error).",
  },
  not_seen: {
    what: "the checker sees no value of {name}",
    advice:
      "The name is in the code, but not where the checker can look. Declare {name} with const " +
      "at the beginning of a line.",
  },
  no_variable: {
    what: "there is no variable {name}",
    advice: "Declare {name} with const below the task of this step, and give it that value.",
  },
};

const VALUES: Record<string, Message> = {
  data_promise: {
    what: "data is a Promise, because await is missing",
    advice: "The call that makes data returns a Promise. Write await before it.",
  },
  data_json: {
    what: "data is JSON, not a form",
    advice: "A token endpoint takes a form: make a URLSearchParams from the object, without " +
      "JSON.stringify.",
  },
  data_no_form: {
    what: "data is not a form",
    advice: "Make it with new URLSearchParams({ … }), or as an object with the three keys.",
  },
  field_template: {
    what: "{name} in data is not the value of {name}",
    advice: "Only in a text between backticks does ${…} stand for a variable.",
  },
  field_undefined: {
    what: "{name} in data is not the value of {name}",
    advice: "The variable has no value yet where data is made. Move data below step 1.",
  },
};

const REQUEST: Record<string, Message> = {
  fetch_caught: {
    what: "fetch failed, and the program caught the error",
    advice: "Print the error in catch to see such things.",
  },
  request_none: {
    what: "no request was sent",
    advice: "Send data to token_url with fetch, which is built in.",
  },
  request_not_called: {
    what: "no request was sent",
    advice: "It is in the function {place}. Is {place} called? Declaring it does not run it.",
  },
  request_not_reached: {
    what: "no request was sent",
    advice: "The code has one. Is that line reached, and the function that sends it called?",
  },
  target_query: {
    what: "the data is in the URL",
    advice: "URLs are kept in logs and histories, and the secret with them. Send body: data.",
  },
  target_method: {
    what: "the request was a {method}, not a POST",
    advice: 'fetch sends GET unless its second argument says { method: "POST" }.',
  },
  body_missing: {
    what: "the request has no body",
    advice: "The second argument of fetch also takes a body: write body: data.",
  },
  body_name: {
    what: "the text {body} was sent, not the variable",
    advice: "Without quotes, data is your variable: body: data.",
  },
  body_braces: {
    what: "an object with data in it was sent, not data",
    advice: "The braces make another object. Write body: data.",
  },
  body_object: {
    what: "data was sent as the text [object …]",
    advice: "fetch cannot send an object or a Map. Make a form of it: new URLSearchParams(data).",
  },
  body_multipart: {
    what: "data was sent as multipart, not as a form",
    advice: "fetch sends a FormData as multipart/form-data, which is for files. Use a " +
      "URLSearchParams in its place, and set no Content-Type yourself.",
  },
  body_json: {
    what: "data was sent as JSON, not as a form",
    advice: "OAuth requests are forms; the responses are JSON. new URLSearchParams(data) makes " +
      "the form; leave out JSON.stringify, which some libraries call by themselves.",
  },
  type_of_text: {
    what: "the Content-Type is not that of a form",
    advice: "The body was a text, so the Content-Type has to be set in headers. If the body is a " +
      "URLSearchParams, fetch sets it itself.",
  },
  type_wrong: {
    what: "the Content-Type is not that of a form",
    advice: "With a URLSearchParams as body, fetch sets the Content-Type itself: set none.",
  },
};

const ANSWER: Record<string, Message> = {
  answer_promise: {
    what: "response_json is a Promise, because await is missing",
    advice: "What is called there returns a Promise. Write await before the call.",
  },
  answer_response: {
    what: "response_json is the Response itself",
    advice: "It has status, headers and body. Use await response.json() to get the JSON.",
  },
  answer_function: {
    what: "response_json is a function, because the () are missing",
    advice: "Without (), json is only named, not called: await response.json().",
  },
  answer_text: {
    what: "response_json is a text, not an object",
    advice: "await response.json() alone gives the object; text() and JSON.stringify give a text.",
  },
  answer_undefined: {
    what: "response_json is undefined",
    advice:
      "Does what stands to the right of = give a value? A function needs return for that, and " +
      "response.json() has to be awaited.",
  },
  answer_differs: {
    what: "response_json is not the answer to that request",
    advice: "Take what await response.json() gives. Some libraries have it in response.data.",
  },
  token_member: {
    what: "response_json has no {member}",
    advice: "In the answer the token is called access_token: response_json.access_token.",
  },
  token_undefined: {
    what: "access_token is undefined",
    advice: "In the answer the token is called access_token: response_json.access_token.",
  },
  token_promise: {
    what: "access_token is a Promise, because await is missing",
    advice: "The call that gives access_token returns a Promise: write await before it.",
  },
  token_more: {
    what: "access_token is more than the token",
    advice: "Take the member alone, and add nothing: response_json.access_token.",
  },
  token_differs: {
    what: "access_token is not the token that the server issued",
    advice: "The token is the member access_token of the answer: response_json.access_token.",
  },
};

const OUTPUT: Record<string, Message> = {
  printed_to_stderr: {
    what: "the token was printed to stderr",
    advice:
      "console.error writes messages for people. The output of a program goes to stdout: console.log.",
  },
  printed_nothing: {
    what: "nothing was printed",
    advice: "Print the variable with console.log.",
  },
  printed_nothing_yet: {
    what: "nothing was printed",
    advice: "console.log is in the code. Is that line reached, and is it called with ( )?",
  },
  printed_promise: {
    what: "a Promise was printed, not the token",
    advice: "Its value is not there yet. Write await before what returns the Promise.",
  },
  printed_undefined: {
    what: "undefined was printed",
    advice:
      "access_token has the token at the end, but had none when it was printed. Which line runs " +
      "first? await makes the next line wait.",
  },
};

/** The messages about JavaScript, except those about errors, which are in messages_of_errors.ts. */
export const STEP_MESSAGES: Record<string, Message> = {
  ...VARIABLES,
  ...VALUES,
  ...REQUEST,
  ...ANSWER,
  ...OUTPUT,
};
