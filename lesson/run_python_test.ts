import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { needs } from "../tests/support/needs.ts";
import { capture, replace } from "../tests/support/run_main.ts";
import { TokenError } from "../token.ts";
import { allowedPrograms } from "./allowed_programs.ts";
import { learn } from "./learn.ts";
import { runPython } from "./run_python.ts";
import { newExercise, STEPS } from "./steps.ts";

const FOLDER = new URL(".", import.meta.url).pathname;
const SOLVED = STEPS.map(({ python }) => `${python.solution}\n`).join("");

function run(program: string, timeLimit?: number) {
  return runPython(program, { folder: FOLDER, name: "a.py", timeLimit });
}

Deno.test(
  needs("runPython describes the values at top level and in functions", "python3"),
  async () => {
    const { values } = await run(`
import json
a, b, c, d = "x" * 300, 1, None, True
e = {"f": 1, "g": {"h": 2}}
i, j, k = [("l", "m")], [1, 2], b"n"
def o(p):
    q = p + 1
    a = "inner"
    return q
r = o(1)
class s: pass
t = s()
__u = 1
`);
    const texts = [...values].map(([name, { type, text }]) => [name, `${type} ${text}`]);
    assertEquals(Object.fromEntries(texts), {
      ...{ a: `str ${"x".repeat(200)}`, b: "int 1", c: "None None", d: "bool True" },
      ...{ e: 'dict {"f":"1","g":"dict"}', i: "list list", j: "list list", k: "bytes n" },
      ...{ o: "function function", p: "int 1", q: "int 2", r: "int 2", t: "s s" },
    });
    assertEquals(values.get("i")?.entries, [["l", "str", "m"]]);
  },
);

Deno.test(
  needs("runPython describes values and errors that Python cannot write out", "python3"),
  async () => {
    const { values, failure } = await run(`
a = 10 ** 10_000
class Odd(Exception):
    def __str__(self):
        raise ValueError
try:
    raise Odd
except Odd:
    b = 1
raise Odd
`);
    assertEquals([values.get("a")?.text, values.get("b")?.text], ["int", "1"]);
    assertEquals(failure, { kind: "exception", message: "Odd", line: 10 });
  },
);

for (
  const [what, program, kind, message, line] of [
    ["an error", "\n1 / 0", "exception", /^ZeroDivisionError: /, 2],
    ["an error in a module", "import json\njson.loads('<')", "exception", /^JSONDecodeError/, 2],
    ["a syntax error", "\n\na b", "syntax", /^SyntaxError: /, 3],
    ["a wrong indent", "a = 1\n  b = 2", "syntax", /^IndentationError: /, 2],
    ["an error in a function", "def f():\n    return g\nf()", "exception", /^NameError: /, 2],
  ] as const
) {
  Deno.test(needs(`runPython reads ${what}`, "python3"), async () => {
    const { failure } = await run(program);
    assertEquals([failure?.kind, failure?.line], [kind, line]);
    assertMatch(`${failure?.message}`, message);
  });
}

Deno.test(
  needs("runPython notes what the program caught, and what it printed", "python3"),
  async () => {
    const { caught, stdout, stderr, failure } = await run(`
import sys
try:
    {}["a"]
except KeyError:
    print("é")
    print("b", file=sys.stderr)
sys.exit(3)
`);
    assertEquals([caught, stdout, stderr.trim(), failure], [
      "KeyError: 'a'",
      "é\n",
      "b",
      undefined,
    ]);
  },
);

Deno.test(
  needs("a program in Python has the same bounds as one in JavaScript", "python3"),
  async () => {
    let text: string | undefined;
    // On a busy machine, Python may not have begun in a short time.
    for (const timeLimit of [1000, 5000, 20_000]) {
      const endless = await run("a = 1\nwhile True:\n    pass", timeLimit);
      assertEquals(endless.failure?.kind, "time");
      if ((text = endless.values.get("a")?.text)) break;
    }
    assertEquals(text, "1");
    const loud = await run("while True:\n    print('x' * 1000)", 60_000);
    assertEquals([loud.failure?.kind, loud.stdout.length], ["output", 64 * 1024]);
  },
);

Deno.test(
  needs("a program in Python reaches the practice server and no other host", "python3"),
  async () => {
    const { stdout, exchanges } = await run(`
import http.client, socket, urllib.request
for url in ["https://example.com/", "http://api.example.com/", "https://api.example.com:99/"]:
    try:
        urllib.request.urlopen(url)
    except OSError as error:
        print(error)
try:
    socket.create_connection(("example.com", 80))
except OSError as error:
    print(error)
for connection in [http.client.HTTPConnection("localhost", 1), http.client.HTTPSConnection("api.example.com")]:
    connection.request("GET", "/x")
    print(connection.getresponse().status)
`);
    assertEquals(stdout.split("\n"), [
      "<urlopen error https://example.com cannot be reached from here>",
      "<urlopen error http://api.example.com cannot be reached from here>",
      "<urlopen error https://api.example.com:99 cannot be reached from here>",
      "example.com cannot be reached from here",
      ...["404", "404", ""],
    ]);
    assertEquals(exchanges.map(({ path }) => path), ["/x", "/x"]);
  },
);

Deno.test(
  needs("a program in Python gets no variable but those that it needs to start", "python3"),
  async () => {
    Deno.env.set("NOT_FOR_PYTHON", "very secret");
    const { stdout } = await run("import os\nprint('NOT_FOR_PYTHON' in os.environ)");
    Deno.env.delete("NOT_FOR_PYTHON");
    assertEquals(stdout, "False\n");
  },
);

/** Runs the task in this process, in an empty folder. */
async function learnIn(args: string[], variables: Record<string, string>, text?: string) {
  const folder = await Deno.makeTempDir();
  if (text !== undefined) await Deno.writeTextFile(`${folder}/exercise.py`, text);
  const { env } = Deno;
  const own = env.get.bind(env);
  const all: Record<string, string> = { ...variables, INIT_CWD: folder };
  using _env = replace(env, { get: (name) => Object.hasOwn(all, name) ? all[name] : own(name) });
  using stdout = capture("stdout");
  using stderr = capture("stderr");
  const code = await learn(args);
  const after = await Deno.readTextFile(`${folder}/exercise.py`);
  await Deno.remove(folder, { recursive: true });
  return { code, stdout: stdout.text, stderr: stderr.text, after };
}

Deno.test(
  needs("learn --python writes exercise.py, and says that there is no sandbox", "python3"),
  async () => {
    const { code, stdout, stderr, after } = await learnIn(["--python"], {});
    assertEquals([code, after], [1, newExercise("exercise.py")]);
    assert(after.split("\n").every((line) => line === "" || line.startsWith("#")), after);
    assertMatch(stderr, /^Python has no sandbox: /);
    assertMatch(stdout, /^Open exercise\.py in your editor/);
  },
);

Deno.test(needs("learn takes the solutions in Python", "python3"), async () => {
  const { code, stdout } = await learnIn(["exercise.py"], {}, SOLVED);
  assertEquals(code, 0, stdout);
  assertStringIncludes(stdout, "] 4 / 4");
  const half = await learnIn(["exercise.py", "--hint", "--solution"], {}, "");
  assertStringIncludes(half.stdout, STEPS[0]!.python.hint);
  assertStringIncludes(half.stdout, '  client_id = "my_client_id_123"\n');
});

Deno.test("without Python, learn says so in one sentence", async () => {
  const { code, stdout, stderr } = await learnIn(["--python"], { PATH: "/no/such/folder" });
  assertEquals([code, stdout], [2, ""]);
  assertMatch(stderr, /\nerror: There is no python3 on the PATH: install Python\n$/);
  using _env = replace(Deno.env, { get: () => undefined });
  assertEquals((await assertRejects(() => run(""), TokenError)).kind, "usage");
  assertEquals(allowedPrograms(), Deno.execPath());
});

Deno.test(needs("the task learn may start Deno and Python, and nothing else", "python3"), () => {
  const [deno, python, ...more] = allowedPrograms().split(",");
  assertEquals([deno, more], [Deno.execPath(), []]);
  assertMatch(`${python}`, /[/\\]python3(\.exe)?$/);
});
