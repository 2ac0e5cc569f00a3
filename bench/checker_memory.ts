/**
 * How much memory the checker of the exercise takes, at most, while it runs programs that try to fill it;
 * of this build and of another, whose folder may be given as the first argument. The other arguments are
 * flags for Deno. It needs Linux, which counts the peak of a process.
 *
 * @module
 */

const PROJECT = new URL("..", import.meta.url).pathname;
const RUNS = 3;
const SAMPLE_MS = 20;
const HEAD = `const client_id = "my_client_id_123";
const client_secret = "my_secret_456";
const token_url = "https://api.example.com/oauth2/token";
const data = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret });
const post = (body, headers = {}) => fetch(token_url, { method: "POST", body, headers });
const endless = () => new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(65536)) });
`;

const PROGRAMS: Record<string, string> = {
  "a right one": "const response_json = await (await post(data)).json();\n" +
    "const access_token = response_json.access_token;\nconsole.log(access_token);",
  "requests one by one": "while (true) await post(data);",
  "requests side by side":
    "for (;;) await Promise.all(Array.from({ length: 100 }, () => post(data)));",
  "400 endless bodies": "await Promise.all(Array.from({ length: 400 }, () => post(endless())));",
  "bodies of 1 MB": 'for (;;) await post("a".repeat(1e6));',
  "headers of 12 KB": 'for (;;) await post(data, { "x-long": "a".repeat(12_000) });',
  "an endless output": 'for (;;) console.log("a".repeat(60_000));',
  "a variable of 50 MB": 'const response_json = { a: "a".repeat(5e7) };',
};

/** The peak of a build's checker, in MB, while it runs a program. */
async function peakOf(build: string, flags: string[], program: string): Promise<number> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/exercise.js`, program);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...flags, "-A", `${build}/lesson/learn.ts`, "exercise.js"],
    cwd: folder,
    env: { INIT_CWD: folder },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let isRunning = true;
  const ended = child.status.then(() => isRunning = false);
  let peak = 0;
  while (isRunning) {
    const status = await Deno.readTextFile(`/proc/${child.pid}/status`).catch(() => "");
    peak = Number(status.match(/^VmHWM:\s+(\d+)/m)?.[1] ?? peak);
    await Promise.race([ended, new Promise((done) => setTimeout(done, SAMPLE_MS))]);
  }
  await Deno.remove(folder, { recursive: true });
  return peak / 1024;
}

const isFlag = (arg: string) => arg.startsWith("-");
const builds = [PROJECT, ...Deno.args.filter((arg) => !isFlag(arg)).slice(0, 1)];
const flags = Deno.args.filter(isFlag);
const worst = builds.map(() => 0);

function print(name: string, [own = 0, other]: number[]): void {
  const beside = other
    ? `, the other ${Math.round(other)} MB, ratio ${(own / other).toFixed(2)}`
    : "";
  console.log(`${name}: ${Math.round(own)} MB${beside}`);
}

for (const [name, program] of Object.entries(PROGRAMS)) {
  const peaks = builds.map(() => 0);
  for (let run = 0; run < RUNS; run++) {
    for (const [i, build] of builds.entries()) {
      peaks[i] = Math.max(peaks[i]!, await peakOf(build, flags, HEAD + program));
      worst[i] = Math.max(worst[i]!, peaks[i]!);
    }
  }
  print(name, peaks);
}
print("the most", worst);
