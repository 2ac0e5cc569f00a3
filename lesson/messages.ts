// All that the checker says about a program in JavaScript or TypeScript. A word in braces is replaced by
// what was found. Where the checker cannot know the cause, a message says what was seen, and asks.
//
// A test checks that each message is about at least one program in tests/data/learners.

/** What is wrong, and what to do about it. */
export interface Message {
  what: string;
  advice: string;
}

/** Messages by their codes. */
export type Messages = ReadonlyMap<string, Message>;

const VARIABLES: Record<string, Message> = {
  renamed: {
    what: "the variable is called {other}, not {name}",
    advice:
      "Rename {other} to {name} in the whole file. The exercise spells its names as OAuth does: " +
      "lowercase letters, with underscores between the words.",
  },
  member: {
    what: "{name} is a member of {other}, not a variable",
    advice: "The exercise wants a variable for each value: const {name} = …",
  },
  not_called: {
    what: "the line that sets {name} did not run",
    advice: "It is in the function {place}. Is {place} called? Declaring it does not run it.",
  },
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
  value_no_text: {
    what: "{name} is not the value of the exercise",
    advice: "Assign the value itself, as a text in quotes.",
  },
  value_empty: {
    what: "{name} is empty",
    advice: "Assign the value itself, as a text in quotes.",
  },
  value_spaces: {
    what: "{name} has white space around its value",
    advice: "There is a space or a line break at the beginning or the end of the text.",
  },
  value_of_other: {
    what: "{name} is not the value of the exercise",
    advice: "That is the value of {other}.",
  },
  value_differs: {
    what: "{name} is not the value of the exercise",
    advice: "They differ from character {position} on. Copy the value from the task.",
  },
  data_function: {
    what: "data is a function that was not called",
    advice: "A function is not its result yet: call it with (), or assign the form itself.",
  },
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
  key_renamed: {
    what: "the key is called {other}, not {name}",
    advice: "The keys are sent as they are, and the server knows only the names of RFC 6749: " +
      "lowercase letters with underscores.",
  },
  key_missing: {
    what: "data has no {name}",
    advice: "The exercise sends three fields in data: grant_type, client_id and client_secret.",
  },
  field_joined: {
    what: "{name} in data has the other fields in it",
    advice: "In a form as text, & stands between two fields: name=value&name=value.",
  },
  field_spaces: {
    what: "{name} in data has white space around its value",
    advice: "There is a space or a line break at the beginning or the end of the value.",
  },
  field_grant_type: {
    what: "grant_type in data is not client_credentials",
    advice:
      "grant_type names the flow. RFC 6749 calls this one client_credentials, letter by letter.",
  },
  field_name: {
    what: "{name} in data is not the value of {name}",
    advice: "That is the name as a text. Without quotes, {name} is your variable.",
  },
  field_undefined: {
    what: "{name} in data is not the value of {name}",
    advice: "The variable has no value yet where data is made. Move data below step 1.",
  },
  field_differs: {
    what: "{name} in data is not the value of {name}",
    advice: "Use the variable {name} unchanged.",
  },
  literal_repeated: {
    what: "the value of {name} is written twice",
    advice: "Use the variable in place of the second text, so that there is one place to change.",
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
  target_path: {
    what: "the request was for {path}",
    advice: "Use token_url as it is; the server has nothing at another path.",
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
  refused_two_ways: {
    what: "the server answered {status} {error}",
    advice: "It says: {description}. data has id and secret: leave the header out.",
  },
  refused_other_data: {
    what: "the server answered {status} {error}",
    advice: "It says: {description}. What was sent is not data as it is after step 2.",
  },
  refused: {
    what: "the server answered {status} {error}",
    advice: "It says: {description}.",
  },
  secret_in_header: {
    what: "id and secret are in a header, not in the form",
    advice: "The server allows that, too. The exercise sends both in data: leave the header out.",
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
  token_made_up: {
    what: "access_token is not the token that the server issued",
    advice: "The server makes a new token for each request, so a made-up or copied one does not " +
      "work. Take it from response_json.",
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
  printed_answer: {
    what: "response_json was printed, not the token",
    advice: "response_json is the whole answer. Print its member, which you have in access_token.",
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
  printed_name: {
    what: "the name of the variable was printed",
    advice: "In quotes it is a text. Without quotes, access_token is your variable.",
  },
  printed_other_token: {
    what: "another token was printed",
    advice: "The program got more than one. Send one request, and print its access_token.",
  },
  printed_other: {
    what: "something else was printed",
    advice: "Print the variable access_token.",
  },
  printed_quoted: {
    what: "the token was printed in quotes",
    advice: "A program that reads it would treat the quotes as part of the token. Print the " +
      "variable alone.",
  },
  printed_more: {
    what: "more than the token is on its line",
    advice: "A program that reads it wants the token alone. Print the variable without a label.",
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
