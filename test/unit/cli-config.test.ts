import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { runCli, type CliResult } from "../support/cli.ts";
import { testFolder } from "../support/folder.ts";

const stackFile = `
services:
  web:
    image: "nginx:\${TAG:-1.29}"
    volumes: [data:/data]
    networks: [front]
  api:
    image: "shop/api:1"
    secrets: [key]
  probe:
    image: "probe:1"
    profiles: [debug, all]
volumes:
  data:
networks:
  front:
secrets:
  key: { file: ./key }
`;

interface Project {
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** `stackhouse config` in a folder of its own. */
async function config(
  argv: readonly string[],
  { files = { "compose.yaml": stackFile }, env = {}, input = "" }: Project = {},
) {
  await using folder = await testFolder(files);
  return await runCli(["config", ...argv], { cwd: folder.path, env, input });
}

const printed = ({ stdout }: CliResult): Record<string, unknown> => parse(stdout) as Record<string, unknown>;

describe("stackhouse config", () => {
  it("prints the resolved model as YAML, with the variables of --set over those of the shell", async () => {
    const env = { TAG: "shell" };
    expect((await config(["--name", "shop"], { env })).stdout).toContain("image: nginx:shell\n");
    expect((await config(["--set", "TAG=option"], { env })).stdout).toContain("image: nginx:option\n");
  });

  it.each([
    { argv: ["--services"], prints: "web\napi\n" },
    { argv: ["--images"], prints: "nginx:1.29\nshop/api:1\n" },
    { argv: ["--volumes"], prints: "data\n" },
    { argv: ["--networks"], prints: "default\nfront\n" },
    { argv: ["--profiles"], prints: "all\ndebug\n" },
    { argv: ["--profile", "all", "--services"], prints: "web\napi\nprobe\n" },
    { argv: ["--images", "--json"], prints: '[\n  "nginx:1.29",\n  "shop/api:1"\n]\n' },
    { argv: ["--volumes", "--format", "json"], prints: '[\n  "data"\n]\n' },
    { argv: ["--quiet"], prints: "" },
    { argv: ["-q", "--json"], prints: '{\n  "diagnostics": []\n}\n' },
  ])("$argv prints only these", async ({ argv, prints }) => {
    expect(await config(argv)).toEqual({ code: 0, stdout: prints, stderr: "" });
  });

  it.each([["--name"], ["-p"]])("takes the name of %s over that of the file", async (option) => {
    const files = { "compose.yaml": "name: one\nservices: { a: { image: i:1 } }\n" };
    expect(printed(await config([option, "two"], { files }))).toMatchObject({ name: "two" });
  });

  it("takes variables from --env-file instead of .env, the last one first", async () => {
    const files = { "compose.yaml": stackFile, ".env": "TAG=dot", "a.env": "TAG=a", "b.env": "TAG=b" };
    expect((await config(["--images"], { files })).stdout).toContain("nginx:dot\n");
    const both = await config(["--images", "--env-file", "a.env", "--env-file", "b.env"], { files });
    expect(both.stdout).toContain("nginx:b\n");
  });

  it.each([
    { where: "the shell", env: { COMPOSE_FILE: "a.yaml:b.yaml" }, dotenv: "" },
    { where: ".env", env: {}, dotenv: "COMPOSE_FILE=a.yaml:b.yaml\n" },
    { where: "both, with a separator", env: { COMPOSE_PATH_SEPARATOR: "," }, dotenv: "COMPOSE_FILE=a.yaml,b.yaml\n" },
  ])("takes the stack files of COMPOSE_FILE in $where, and -f before", async ({ env, dotenv }) => {
    const other = "services: { api: { image: 'api:b' } }";
    const files = { "a.yaml": stackFile, "b.yaml": other, "compose.yaml": stackFile, ".env": dotenv };
    expect((await config(["--images"], { files, env })).stdout).toBe("nginx:1.29\napi:b\n");
    expect((await config(["--images", "-f", "b.yaml"], { files, env })).stdout).toBe("api:b\n");
  });

  it("takes the profiles of COMPOSE_PROFILES, and --profile before", async () => {
    const env = { COMPOSE_PROFILES: "debug,x" };
    expect((await config(["--services"], { env })).stdout).toBe("web\napi\nprobe\n");
    expect((await config(["--services", "--profile", "x"], { env })).stdout).toBe("web\napi\n");
  });

  it.each(["constructor", "toString"])("has no variable %s that the shell has not", async (name) => {
    const files = { "compose.yaml": stackFile, ".env": `COMPOSE_PROFILES=\${${name}:-debug}` };
    expect((await config(["--services"], { files })).stdout).toBe("web\napi\nprobe\n");
  });

  it("takes the env files of COMPOSE_ENV_FILES, and no .env where COMPOSE_DISABLE_ENV_FILE says so", async () => {
    const files = { "compose.yaml": stackFile, ".env": "TAG=dot", "a.env": "TAG=a" };
    const tag = async (env: Record<string, string>) => (await config(["--images"], { files, env })).stdout;
    expect(await tag({})).toContain("nginx:dot\n");
    expect(await tag({ COMPOSE_ENV_FILES: "a.env" })).toContain("nginx:a\n");
    expect(await tag({ COMPOSE_DISABLE_ENV_FILE: "1" })).toContain("nginx:1.29\n");
  });

  it.each(["yes", "", "tRUE"])("refuses %j for COMPOSE_DISABLE_ENV_FILE, as docker compose does", async (word) => {
    const { code, stdout, stderr } = await config(["--images"], { env: { COMPOSE_DISABLE_ENV_FILE: word } });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(`error: COMPOSE_DISABLE_ENV_FILE is neither true nor false: "${word}"\n`);
    expect(stderr).toContain("→ set it to 1 to read no .env, or unset it");
  });

  it("reads .env of the folder where one is before that of the stack file", async () => {
    const files = { "compose.yaml": stackFile, ".env": "TAG=outer", "in/.env": "TAG=inner", "in/x": "" };
    expect((await config(["--images", "-C", "in"], { files })).stdout).toContain("nginx:inner\n");
  });

  it("finds the stack file upwards and merges its override", async () => {
    const files = {
      "docker-compose.yml": stackFile,
      "docker-compose.override.yml": "services: { api: { image: 'shop/api:2' } }",
      "deep/er/x": "",
    };
    expect((await config(["--images", "-C", "deep/er"], { files })).stdout).toBe("nginx:1.29\nshop/api:2\n");
  });

  it.each([
    {
      files: ["docker-compose.yml", "compose.yaml", "compose.yml"],
      says: [
        "compose.yml is not read: compose.yaml beside it goes before it; --file chooses another one",
        "docker-compose.yml is not read: compose.yaml beside it goes before it; --file chooses another one",
      ],
    },
    {
      files: ["compose.yaml", "compose.override.yaml", "docker-compose.override.yml"],
      says: [
        "docker-compose.override.yml is not read: compose.override.yaml beside it goes before it; --file chooses another one",
      ],
    },
    { files: ["compose.yaml", "compose.override.yaml"], says: [] },
  ])("says which of $files it does not read", async ({ files: names, says }) => {
    const files = Object.fromEntries(names.map((name) => [name, stackFile]));
    const { code, stderr } = await config(["--quiet"], { files });
    expect({ code, says: stderr.split("\n").filter((line) => line !== "") }).toEqual({ code: 0, says });
  });

  it("reads standard input for -f -, and names it in what it finds", async () => {
    const files = { "compose.yaml": stackFile, "x.yaml": "services: { api: { image: 'api:x' } }" };
    expect((await config(["--images", "-f", "-"], { files, input: stackFile })).stdout).toBe(
      "nginx:1.29\nshop/api:1\n",
    );
    const over = await config(["--images", "-f", "-", "-f", "x.yaml"], { files, input: stackFile });
    expect(over.stdout).toBe("nginx:1.29\napi:x\n");
    const wrong = await config(["-f", "-"], { files, input: "services:\n  web: { imge: i:1 }\n" });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('/dev/stdin:2:10 error unknown key "imge" in services.web\n');
    expect(wrong.stderr).toContain("  2 |   web: { imge: i:1 }\n");
  });

  it("is the only command that does", async () => {
    await using folder = await testFolder({});
    const { code, stderr } = await runCli(["preview", "-f", "-"], { cwd: folder.path, input: stackFile });
    expect(code).toBe(2);
    expect(stderr).toBe(
      "error: the stack file cannot be standard input here: it is read again later\n" +
        "  → write it to a file, and name that with --file; only stackhouse config reads standard input\n",
    );
  });

  it("takes paths and .env from --project-directory", async () => {
    const files = {
      "a.yaml": "services: { web: { image: 'i:${TAG:-none}', env_file: web.env } }\n",
      ".env": "TAG=here\n",
      "in/.env": "TAG=in\n",
      "in/web.env": "A=1\n",
    };
    const { stdout } = await config(["-f", "a.yaml", "--project-directory", "in"], { files });
    expect(parse(stdout)).toMatchObject({ name: "in", services: { web: { image: "i:in", environment: { A: "1" } } } });
  });

  it.each([
    { where: "the shell", env: { COMPOSE_PROJECT_NAME: "My Shop" }, dotenv: "" },
    { where: ".env", env: {}, dotenv: "COMPOSE_PROJECT_NAME=My Shop\n" },
  ])("blames a name that no app can have on the variable, of $where", async ({ env, dotenv }) => {
    const files = { "compose.yaml": stackFile, ".env": dotenv };
    for (const argv of [[], ["--no-interpolate"]]) {
      const { code, stdout, stderr } = await config(argv, { files, env });
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(/^error: the variable COMPOSE_PROJECT_NAME: "My Shop" cannot be an app's name\n/);
      expect(stderr).not.toContain("compose.yaml");
    }
    expect((await config(["--services", "-p", "shop"], { files, env })).stdout).toBe("web\napi\n");
  });

  it("merges the files of -f in their order", async () => {
    const files = { "a.yaml": stackFile, "b.yaml": "services: { api: { image: 'api:b' } }" };
    expect((await config(["-f", "a.yaml", "-f", "b.yaml", "--images"], { files })).stdout).toBe("nginx:1.29\napi:b\n");
  });

  it("says what is warned of beside the result", async () => {
    const files = { "compose.yaml": "services: { a: { image: i } }\n" };
    const { code, stdout, stderr } = await config(["--services"], { files });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "a\n" });
    expect(stderr).toContain("compose.yaml:1:25 warning the image of services.a has no tag");
  });
});

describe("keys of one's own", () => {
  const files = {
    "compose.yaml": JSON.stringify({
      "x-top": 1,
      services: {
        a: { image: "i:1", "x-a": 1, deploy: { "x-d": { b: [1] }, resources: { "x-r": 1 } }, logging: { "x-l": 1 } },
      },
      networks: { default: { "x-n": 1, ipam: { "x-i": 1 } } },
    }),
  };

  it("are all in the YAML, as docker compose prints them", async () => {
    expect(printed(await config(["-p", "shop"], { files }))).toMatchObject({
      "x-top": 1,
      services: { a: { "x-a": 1, deploy: { "x-d": { b: [1] }, resources: { "x-r": 1 } }, logging: { "x-l": 1 } } },
      networks: { default: { "x-n": 1, ipam: { "x-i": 1 } } },
    });
  });

  it("are in the JSON where they are in what runs", async () => {
    const { stdout } = await config(["-p", "shop", "--json"], { files });
    const { services, networks, ...top } = JSON.parse(stdout) as Record<string, Record<string, unknown>>;
    expect(top).toEqual({ name: "shop", "x-top": 1 });
    expect(services?.["a"]).toMatchObject({ "x-a": 1, deploy: { resources: {} } });
    expect(JSON.stringify({ services, networks })).not.toMatch(/x-[drli]\b/);
  });

  it("change no fingerprint", async () => {
    const hash = async (stackFile: string) =>
      (await config(["--hash", "*", "-p", "shop"], { files: { "compose.yaml": stackFile } })).stdout;
    expect(await hash("services: { a: { image: i:1, logging: { driver: x, x-l: 1 } } }")).toBe(
      await hash("services: { a: { image: i:1, logging: { driver: x } } }"),
    );
  });
});

describe("what config prints is a stack file that means the same", () => {
  const awkward = `
name: shop
services:
  web:
    image: i:1
    command: ["echo", "$$HOME", "$\${X}", "a  b", "multi\\nline", "tab\\t", "# no", ": no", "é"]
    environment:
      OCTAL: "0777"
      UNDERSCORE: "1_000"
      DATE: "2020-01-01"
      YES: "yes"
      EMPTY: ""
      TILDE: "~"
      NOTHING: "null"
      SPACES: "  a  "
      HEX: "0x1F"
      TIME: "22:22"
      FLOAT: "1.50"
      QUOTE: "a'b\\"c"
    ports: ["8000-8001:80-81", "127.0.0.1:53:53/udp"]
    volumes: ["data:/data:ro", "/srv:/srv"]
    depends_on: [api]
    ulimits: { nofile: { soft: 1, hard: 2 } }
    deploy: { resources: { limits: { memory: 1.5g, cpus: "0.5" } } }
  api: { image: "i:1", labels: { a: "1" }, depends_on: { db: { condition: service_started } } }
  db: { image: "i:1" }
volumes: { data: }
`;

  it.each(["yaml", "json"])("in %s", async (format) => {
    const once = await config(["--format", format], { files: { "compose.yaml": awkward } });
    const twice = await config(["--format", format], { files: { "compose.yaml": once.stdout } });
    expect(once.code).toBe(0);
    expect(twice).toEqual({ code: 0, stdout: once.stdout, stderr: once.stderr });
  });

  it("with the same values in both formats", async () => {
    const files = { "compose.yaml": awkward };
    const yaml = parse((await config([], { files })).stdout) as unknown;
    expect(yaml).toEqual(JSON.parse((await config(["--format", "json"], { files })).stdout));
  });

  it("with the name first, and no anchors", async () => {
    const { stdout } = await config([], { files: { "compose.yaml": awkward } });
    expect(stdout).toMatch(/^name: shop\n/);
    expect(stdout).not.toMatch(/[&*]a\d/);
  });
});

describe("stackhouse config --no-interpolate", () => {
  const templates = `
services:
  web:
    image: "web:\${TAG:-1}"
    command: run \${FLAGS} $$HOME
    ports: ["\${PORT:-80}:80", "81:81"]
    volumes: ["data:/d:\${ACCESS}"]
    deploy: { replicas: "\${COUNT}" }
    healthcheck: { interval: "\${EVERY}", retries: 3 }
    mem_limit: \${MEMORY:?how much}
  debug: { image: "web:\${TAG}", profiles: [debug] }
volumes: { data: }
`;

  it("leaves variables as they are written, in services of every profile", async () => {
    const model = printed(await config(["--no-interpolate"], { files: { "compose.yaml": templates } }));
    expect(model["services"]).toEqual({
      web: {
        image: "web:${TAG:-1}",
        command: "run ${FLAGS} $$HOME",
        ports: ["${PORT:-80}:80", "81:81"],
        volumes: [{ type: "volume", source: "data", target: "/d", volume: {} }],
        networks: { default: null },
        deploy: { replicas: "${COUNT}" },
        healthcheck: { interval: "${EVERY}", retries: 3 },
        mem_limit: "${MEMORY:?how much}",
      },
      debug: { image: "web:${TAG}", profiles: ["debug"], networks: { default: null } },
    });
  });

  it.each([
    ["--services", "web\ndebug\n"],
    ["--volumes", "data\n"],
    ["--networks", "default\n"],
    ["--profiles", "debug\n"],
  ])("prints with %s what services of every profile have", async (part, prints) => {
    const { stdout } = await config(["--no-interpolate", part], { files: { "compose.yaml": templates } });
    expect(stdout).toBe(prints);
  });

  it("prints the images of active profiles, as docker compose does", async () => {
    const files = { "compose.yaml": templates };
    expect((await config(["--no-interpolate", "--images"], { files })).stdout).toBe("web:${TAG:-1}\n");
    const active = ["--no-interpolate", "--images", "--profile", "debug"];
    expect((await config(active, { files })).stdout).toBe("web:${TAG:-1}\nweb:${TAG}\n");
  });

  it("is refused with fingerprints, which are of values", async () => {
    const { code, stderr } = await config(["--no-interpolate", "--hash", "*"]);
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("cannot be used with") as unknown,
    });
  });

  it("gives a stack file that comes to the same when variables are put in", async () => {
    const files = { "compose.yaml": templates };
    const env = { FLAGS: "-x", ACCESS: "rw", COUNT: "2", EVERY: "3s", MEMORY: "1g" };
    const template = await config(["--no-interpolate", "-p", "x"], { files });
    const { stdout } = await config(["-p", "x", "--format", "json"], {
      files: { "compose.yaml": template.stdout },
      env,
    });
    const direct = await config(["-p", "x", "--format", "json"], { files, env });
    // Only the folder of the test differs.
    const withoutFolder = (text: string): string => text.replaceAll(/"\/[^"]*stackhouse-test-[^/"]*/g, '"');
    expect(JSON.parse(withoutFolder(stdout))).toEqual(JSON.parse(withoutFolder(direct.stdout)));
  });

  it("still refuses what cannot be a stack file", async () => {
    const { code, stderr } = await config(["--no-interpolate"], { files: { "compose.yaml": "services: { a: [$X] }" } });
    expect(code).toBe(2);
    expect(stderr).toContain("services.a must be a map, not a list");
  });
});

describe("stackhouse config --variables", () => {
  const files = {
    "compose.yaml": [
      "services:",
      "  a:",
      "    image: i:${TAG:-1}",
      '    command: ["$PLAIN", "${NEED:?say which}", "${ON:+${INNER-deep}}", "$$NOT", "${TAG}", "$"]',
      "    environment: { $KEY: $PLAIN }",
    ].join("\n"),
  };

  it("prints a table of what can be set, and what the file says about it", async () => {
    expect(await config(["--variables"], { files })).toEqual({
      code: 0,
      stdout: [
        "NAME                REQUIRED            DEFAULT VALUE       ALTERNATE VALUE",
        "INNER               false               deep",
        "NEED                true",
        "ON                  false                                   ${INNER-deep}",
        "PLAIN               false",
        "TAG                 false               1",
        "",
      ].join("\n"),
      stderr: "",
    });
  });

  it("prints them as JSON, with the keys of docker compose", async () => {
    const variables = JSON.parse((await config(["--variables", "--format", "json"], { files })).stdout) as object;
    expect(Object.keys(variables)).toEqual(["INNER", "NEED", "ON", "PLAIN", "TAG"]);
    expect(variables).toMatchObject({ TAG: { Name: "TAG", DefaultValue: "1", PresenceValue: "", Required: false } });
  });
});

describe("stackhouse config --hash", () => {
  const line = /^(\S+) (v1:sha256:[0-9a-f]{64})$/;
  const hashes = async (argv: readonly string[], key: string): Promise<Record<string, string>> => {
    const { code, stdout } = await config([...argv, "-p", "shop"], { files: { "compose.yaml": stackFile, key } });
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    return Object.fromEntries(lines.map((text) => line.exec(text)?.slice(1) ?? [text, "?"]) as [string, string][]);
  };

  it("prints a fingerprint for each service, sorted by name", async () => {
    expect(Object.keys(await hashes(["--hash", "*"], "k"))).toEqual(["api", "web"]);
  });

  it("prints those that are asked for", async () => {
    expect(Object.keys(await hashes(["--hash", "web"], "k"))).toEqual(["web"]);
  });

  it("changes with what a service is, and with what its secrets hold", async () => {
    const before = await hashes(["--hash", "*"], "k");
    const after = await hashes(["--hash", "*", "--set", "TAG=2"], "other");
    expect(after["web"]).not.toBe(before["web"]);
    expect(after["api"]).not.toBe(before["api"]);
    expect((await hashes(["--hash", "*", "--set", "TAG=2"], "k"))["api"]).toBe(before["api"]);
  });

  it("says which services there are", async () => {
    expect((await config(["--hash", "wbe"], { files: { "compose.yaml": stackFile, key: "k" } })).stderr).toBe(
      'error: there is no service "wbe"\n  → did you mean "web"?\n',
    );
  });

  it("names the secret that cannot be read", async () => {
    const { code, stderr } = await config(["--hash", "*"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/compose\.yaml:18:16 error secrets\.key: there is no file .*\/key\n/);
  });

  it.each([
    ["a file", 'file: "./${TOKEN}/key"', "there is no file ./${TOKEN}/key"],
    ["a variable", 'environment: "X_${TOKEN}"', "there is no variable X_${TOKEN}"],
  ])("shows %s that is not there as it is written, and not the variables in it", async (_, source, message) => {
    const files = { "compose.yaml": stackFile.replace("file: ./key", source) };
    const { code, stdout, stderr } = await config(["--hash", "*"], { files, env: { TOKEN: "hunter2" } });
    expect(code).toBe(2);
    expect(stderr).toContain(`error secrets.key: ${message}\n`);
    expect(stdout + stderr).not.toContain("hunter2");
  });
});

describe("a secret from the environment", () => {
  const app = "services: { a: { image: 'i:1', secrets: [token] } }\nsecrets: { token: { environment: TOKEN } }\n";
  const hashOf = async (project: Project, argv: readonly string[] = []): Promise<string> => {
    const { code, stdout, stderr } = await config(["--hash", "a", "-p", "shop", ...argv], project);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return stdout;
  };
  const given = { "compose.yaml": app };

  it("is in the fingerprint, wherever its variable comes from", async () => {
    const shell = await hashOf({ files: given, env: { TOKEN: "one" } });
    expect(await hashOf({ files: given, env: { TOKEN: "two" } })).not.toBe(shell);
    expect(await hashOf({ files: given }, ["--set", "TOKEN=one"])).toBe(shell);
    expect(await hashOf({ files: { ...given, ".env": "TOKEN=one\n" } })).toBe(shell);
    expect(await hashOf({ files: { ...given, "a.env": "TOKEN=one\n" } }, ["--env-file", "a.env"])).toBe(shell);
    expect(await hashOf({ files: { ...given, ".env": "TOKEN=two\n" }, env: { TOKEN: "one" } })).toBe(shell);
  });

  it("of an included project has the value of that project's .env, beneath the variables of the including one", async () => {
    const files = {
      "compose.yaml": "include: [in/compose.yaml]\n",
      "in/compose.yaml": app,
      "in/.env": "TOKEN=inner\n",
    };
    const inner = await hashOf({ files });
    expect(inner).toBe(await hashOf({ files: given, env: { TOKEN: "inner" } }));
    const outer = await hashOf({ files: { ...files, ".env": "TOKEN=outer\n" } });
    expect(outer).toBe(await hashOf({ files: given, env: { TOKEN: "outer" } }));
  });

  it("that has no value is an error where its variable is named", async () => {
    const files = { "compose.yaml": "include: [in/compose.yaml]\n", "in/compose.yaml": app };
    const { code, stdout, stderr } = await config(["--hash", "a", "-p", "shop"], { files });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("in/compose.yaml:2:34 error secrets.token: there is no variable TOKEN\n");
    expect(stderr).toContain("→ set it in the shell, in .env or an env file, or with --set TOKEN=…\n");
  });

  it.each(["a, b", "a/b"])("cannot be called %j, which is said where it is declared", async (name) => {
    const files = { "compose.yaml": app.replaceAll("token", JSON.stringify(name)) };
    const { code, stderr } = await config(["--hash", "a", "-p", "shop"], { files, env: { TOKEN: "one" } });
    expect(code).toBe(2);
    expect(stderr).toContain(
      `compose.yaml:2:12 error the name "${name}" in secrets may only have letters, digits, '.', '_' and '-'\n`,
    );
  });

  it.each(["constructor", "__proto__", "a.b"])("may be called %j", async (name) => {
    const stackFile = JSON.stringify({
      services: { a: { image: "i:1", secrets: [name] } },
      secrets: { [name]: { environment: "TOKEN" } },
    });
    const files = { "compose.yaml": stackFile };
    const one = await hashOf({ files, env: { TOKEN: "one" } });
    expect(await hashOf({ files, env: { TOKEN: "two" } })).not.toBe(one);
    const { code, stderr } = await config(["--hash", "a", "-p", "shop"], { files });
    expect(code).toBe(2);
    expect(stderr).toContain(`error secrets.${name}: there is no variable TOKEN\n`);
  });
});

describe("an error of stackhouse config", () => {
  it("names the option that gives what cannot be an app's name", async () => {
    const { code, stderr } = await config(["--name", "Foo"]);
    expect(code).toBe(2);
    expect(stderr).toBe(
      `error: the option --name: "Foo" cannot be an app's name\n  → a name has lower-case letters, digits, "-" and "_", beginning with a letter or a digit\n`,
    );
  });

  it("is shown with its place, with every other one, and ends with 2", async () => {
    const files = { "compose.yaml": "services:\n  web:\n    imge: nginx\n    image: nginx:1\n    usr: x\n" };
    expect(await config([], { files })).toEqual({
      code: 2,
      stdout: "",
      stderr: [
        "error: the stack file has 2 errors",
        '    compose.yaml:3:5 error unknown key "imge" in services.web',
        "      3 |     imge: nginx",
        "        |     ^^^^",
        '      → did you mean "image"?',
        '    compose.yaml:5:5 error unknown key "usr" in services.web',
        "      5 |     usr: x",
        "        |     ^^^",
        '      → did you mean "user"?',
        "",
      ].join("\n"),
    });
  });

  it("comes as data with --json, warnings among it", async () => {
    const files = { "compose.yaml": 'version: "3"\nservices:\n  web:\n    imge: nginx\n    image: nginx:1\n' };
    const { code, stdout } = await config(["--json"], { files });
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      error: {
        code: "stackfile.invalid",
        diagnostics: [
          {
            severity: "error",
            code: "unknown-key",
            message: 'unknown key "imge" in services.web',
            suggestion: "image",
            file: "compose.yaml",
            line: 4,
            column: 5,
            length: 4,
            path: ["services", "web", "imge"],
          },
          { severity: "warning", code: "obsolete", line: 1, column: 1, length: 7 },
        ],
      },
    });
  });

  it("is shown with the unset variable that is behind it", async () => {
    const files = { "compose.yaml": 'services:\n  web:\n    image: i:1\n    ports: ["80:$PORT"]\n' };
    const { stderr } = await config([], { files });
    expect(stderr).toContain('compose.yaml:4:13 error "80:$PORT" does not give a port');
    expect(stderr).toContain("compose.yaml:4:17 warning the variable PORT is not set");
  });

  it("is shown with the unset variable for which a key is missing", async () => {
    const files = { "compose.yaml": "services:\n  web:\n    image: $IMG\n" };
    const { stderr } = await config([], { files });
    expect(stderr).toContain('compose.yaml:2:3 error services.web needs "image"');
    expect(stderr).toContain("compose.yaml:3:12 warning the variable IMG is not set");
  });

  it("that is the same at several places is shown once, with all of them", async () => {
    const files = { "compose.yaml": "services:\n  a:\n    image: i:1$Q\n    user: $Q\n    hostname: a$Q\n" };
    const { stderr } = await config(["--quiet"], { files });
    expect(stderr).toBe(
      [
        "compose.yaml:3:15 warning the variable Q is not set and counts as empty",
        "  3 |     image: i:1$Q",
        "    |               ^^",
        "  → set it, give it a default with ${Q:-default}, or write $$ for a plain dollar sign",
        "  also at 4:11, 5:16",
        "",
      ].join("\n"),
    );
  });

  it("names a stack file that is not there", async () => {
    const { code, stderr } = await config(["-f", "none.yaml"], { files: {} });
    expect(code).toBe(2);
    expect(stderr).toMatch(/there is no stack file \S+\/none\.yaml\n/);
  });
});

describe("stackhouse config where a program names the stack file", () => {
  const project = (program: string): Record<string, string> => ({
    "Pulumi.yaml": "name: shop\nmain: src/run.js\nruntime: nodejs\n",
    "src/program.ts": program,
    "src/images.yaml": "web: [busybox]\n",
    "app/stack.yaml": "services: { a: { image: i:1 } }\n",
  });

  it("says what to type", async () => {
    await using folder = await testFolder(
      project('new App("shop", { files: "app/stack.yaml", imageArchives: [images("src/images.yaml")] });'),
    );
    const { code, stderr } = await runCli(["config"], { cwd: folder.path });
    expect(code).toBe(2);
    expect(stderr).toBe(
      `error: no stack file in ${folder.path} or above\n` +
        `  → the program in ${folder.path} uses app/stack.yaml: add --file app/stack.yaml\n`,
    );
  });

  it("says it from a folder inside", async () => {
    await using folder = await testFolder(project("files: ['app/stack.yaml']"));
    const { stderr } = await runCli(["config"], { cwd: join(folder.path, "src") });
    expect(stderr).toContain("add --file ../app/stack.yaml\n");
    expect((await runCli(["config", "--file", "../app/stack.yaml"], { cwd: join(folder.path, "src") })).code).toBe(0);
  });

  it("says that the program knows, where it names none as a text", async () => {
    await using folder = await testFolder(project("files: inputs.map(({ path }) => path)"));
    await writeFile(join(folder.path, "src", "binary.ts"), Buffer.from([0xff, 0xfe, 0x00]));
    const { stderr } = await runCli(["config"], { cwd: folder.path });
    expect(stderr).toContain(`the program in ${folder.path} says which it uses; name it with --file`);
  });
});
