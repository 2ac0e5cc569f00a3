// What the checker says about a program in Python; shared_messages.ts has what does not depend on the
// language.

import type { Message } from "./shared_messages.ts";

const STOPPED = "the program stopped: {name}";
const UNREADABLE = "A syntax error: the program cannot be read";

const STEPS: Record<string, Message> = {
  not_reached: {
    what: "the line that sets {name} did not run",
    advice: "What does the program do in its place? print in the lines before shows that.",
  },
  caught: {
    what: "{name} has no value, and the program caught an error",
    advice: "Print the error to see such things: except Exception as error: print(error).",
  },
  no_variable: {
    what: "there is no variable {name}",
    advice: "Assign {name} below the task of this step: {name} = and its value.",
  },
  data_json: {
    what: "data is JSON, not a form",
    advice:
      "A token endpoint takes a form. Leave out json.dumps: a dict with the three keys is enough.",
  },
  data_no_form: {
    what: "data is not a form",
    advice: "Make it a dict with the three keys.",
  },
  field_template: {
    what: "{name} in data is not the value of {name}",
    advice: "The braces are part of the text, because the f in front of the quotes is missing.",
  },
  request_none: {
    what: "no request was sent",
    advice: "Send data to token_url with requests.post, or urlopen of urllib.request.",
  },
  request_not_called: {
    what: "no request was sent",
    advice: "It is in the function {place}. Is {place} called? Defining it does not run it.",
  },
  request_not_reached: {
    what: "no request was sent",
    advice: "The code has one. Is that line reached?",
  },
  target_query: {
    what: "the data is in the URL",
    advice:
      "URLs are kept in logs and histories, and the secret with them. Send it as data, not as params " +
      "or in the text of the URL.",
  },
  target_method: {
    what: "the request was a {method}, not a POST",
    advice: "requests.post sends a POST, and so does urlopen, if it is given data.",
  },
  body_missing: {
    what: "the request has no body",
    advice: "Give it data: requests.post(token_url, data=data), or urlopen with the encoded form.",
  },
  body_name: {
    what: "the text {body} was sent, not the variable",
    advice: "Without quotes, data is your variable.",
  },
  body_multipart: {
    what: "data was sent as multipart, not as a form",
    advice: "Multipart is for files. Send data=data.",
  },
  body_json: {
    what: "data was sent as JSON, not as a form",
    advice:
      "OAuth requests are forms; the responses are JSON. It is data=data, not json=data, and " +
      "urlencode, not json.dumps.",
  },
  type_wrong: {
    what: "the Content-Type is not that of a form",
    advice: "For a form, requests and urlopen set the Content-Type themselves: set none.",
  },
  answer_response: {
    what: "response_json is the response itself",
    advice:
      "It also has status and headers. .json() of requests, or json.load(response), reads the JSON.",
  },
  answer_function: {
    what: "response_json is a method, because the () are missing",
    advice: "Without (), it is only named, not called.",
  },
  answer_text: {
    what: "response_json is a text or bytes, not a dict",
    advice: "json.loads makes a dict of it; .json() of requests does both at once.",
  },
  answer_differs: {
    what: "response_json is not the answer to that request",
    advice:
      "Take what .json() of requests or json.load(response) returns. A function needs return.",
  },
  token_more: {
    what: "access_token is more than the token",
    advice: 'Take the member alone, and add nothing: response_json["access_token"].',
  },
  token_differs: {
    what: "access_token is not the token that the server issued",
    advice: 'The token is a member of the answer: response_json["access_token"].',
  },
  printed_to_stderr: {
    what: "the token was printed to stderr",
    advice: "stderr has messages for people. The output of a program goes to stdout: print.",
  },
  printed_nothing: {
    what: "nothing was printed",
    advice: "Print the variable with print.",
  },
  printed_nothing_yet: {
    what: "nothing was printed",
    advice: "print is in the code. Is that line reached, and is it called with ( )?",
  },
};

const ERRORS: Record<string, Message> = {
  syntax_indent: {
    what: UNREADABLE,
    advice:
      "Lines that belong together begin at the same column; a line that ends with : is followed by " +
      "one further to the right.",
  },
  syntax_javascript: {
    what: UNREADABLE,
    advice:
      'In Python, a variable begins with its name, and nothing in front of it: name = "value".',
  },
  syntax: {
    what: UNREADABLE,
    advice:
      "Look at that line and the one before: a bracket, a quote, a comma or a colon may be missing. " +
      "Until it is right, no line of the program runs.",
  },
  error_text: {
    what: STOPPED,
    advice: 'That is a text, not the name of a variable. Put it in quotes: "{text}".',
  },
  error_near: {
    what: STOPPED,
    advice: "There is no {wrong}. Did you mean {near}?",
  },
  error_undeclared: {
    what: STOPPED,
    advice:
      "There is no {wrong} here. A variable has to be assigned, and a module imported, before it is " +
      "used.",
  },
  error_key_quotes: {
    what: STOPPED,
    advice: 'The keys of a dict are texts: {"grant_type": …, "client_id": …}.',
  },
  error_requests: {
    what: STOPPED,
    advice:
      "requests is not part of Python: python3 -m pip install requests. urllib.request, which is, does " +
      "without.",
  },
  error_module: {
    what: STOPPED,
    advice: "There is no module {module} here. The exercise needs json, urllib or requests alone.",
  },
  error_dot: {
    what: STOPPED,
    advice: 'The members of a dict stand in brackets: response_json["{member}"].',
  },
  error_attribute: {
    what: STOPPED,
    advice: "Check the spelling of {member}, and what stands before it.",
  },
  error_key: {
    what: STOPPED,
    advice: "There is no key {key}. print(response_json) in the line before shows the keys.",
  },
  error_not_called: {
    what: STOPPED,
    advice: "It is a method, because the () are missing: .json() calls it.",
  },
  error_response: {
    what: STOPPED,
    advice:
      "That is the response itself. .json() of requests, or json.load(response), reads the JSON.",
  },
  error_bytes: {
    what: STOPPED,
    advice: "urlopen sends bytes. urlencode(data).encode() makes them from the dict.",
  },
  error_host: {
    what: STOPPED,
    advice: "Send the request to token_url. Here, your program reaches the practice server alone.",
  },
  error_json: {
    what: STOPPED,
    advice: "That text is not JSON, or it was read before. A response can be read only once.",
  },
  error_thrown: {
    what: STOPPED,
    advice: "Your program raises this itself, in that line. Why did it come there?",
  },
  error: {
    what: STOPPED,
    advice: "That is the error as Python words it. Which value is not what it expects?",
  },
  stopped_time: {
    what: "the program did not end in time",
    advice: "It was stopped. Look for a loop that never ends, or a sleep.",
  },
};

/** The messages about Python. */
export const PYTHON_MESSAGES: Record<string, Message> = { ...STEPS, ...ERRORS };
