// What the checker says about a program in whatever language. A word in braces is replaced by what was
// found. Where the checker cannot know the cause, a message says what was seen, and asks.
//
// A test checks that each message is about at least one program in tests/data/learners.

/** What is wrong, and what to do about it. */
export interface Message {
  what: string;
  advice: string;
}

/** The messages for all languages. */
export const SHARED_MESSAGES: Record<string, Message> = {
  renamed: {
    what: "the variable is called {other}, not {name}",
    advice:
      "Rename {other} to {name} in the whole file. The exercise spells its names as OAuth does: " +
      "lowercase letters, with underscores between the words.",
  },
  member: {
    what: "{name} is a member of {other}, not a variable",
    advice: "The exercise wants a variable for each value, and this one is called {name}.",
  },
  not_called: {
    what: "the line that sets {name} did not run",
    advice: "It is in the function {place}. Is {place} called? Declaring it does not run it.",
  },
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
  field_differs: {
    what: "{name} in data is not the value of {name}",
    advice: "Use the variable {name} unchanged.",
  },
  literal_repeated: {
    what: "the value of {name} is written twice",
    advice: "Use the variable in place of the second text, so that there is one place to change.",
  },
  target_path: {
    what: "the request was for {path}",
    advice: "Use token_url as it is; the server has nothing at another path.",
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
  token_made_up: {
    what: "access_token is not the token that the server issued",
    advice: "The server makes a new token for each request, so a made-up or copied one does not " +
      "work. Take it from response_json.",
  },
  printed_answer: {
    what: "response_json was printed, not the token",
    advice: "response_json is the whole answer. Print its member, which you have in access_token.",
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
  text_open: {
    what: "A text does not end",
    advice: "A text that begins with a quote ends with the same quote, on the same line.",
  },
  ended: {
    what: "the program ended before this step was done",
    advice: "exit ends the program at once. Why did it come to that line?",
  },
  stopped_output: {
    what: "the program printed too much",
    advice: "It was stopped. Look for a loop that prints and never ends.",
  },
  stopped_requests: {
    what: "the program sent too much",
    advice: "It was stopped. One request is enough for a token: look for a loop that sends more.",
  },
};
