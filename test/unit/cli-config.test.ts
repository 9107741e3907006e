import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { runCli } from "../support/cli.ts";
import { config, printed, usualStackFile } from "../support/config-command.ts";
import { testFolder } from "../support/folder.ts";

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
    const files = { "compose.yaml": usualStackFile, ".env": "TAG=dot", "a.env": "TAG=a", "b.env": "TAG=b" };
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
    const files = { "a.yaml": usualStackFile, "b.yaml": other, "compose.yaml": usualStackFile, ".env": dotenv };
    expect((await config(["--images"], { files, env })).stdout).toBe("nginx:1.29\napi:b\n");
    expect((await config(["--images", "-f", "b.yaml"], { files, env })).stdout).toBe("api:b\n");
  });

  it("takes the profiles of COMPOSE_PROFILES, and --profile before", async () => {
    const env = { COMPOSE_PROFILES: "debug,x" };
    expect((await config(["--services"], { env })).stdout).toBe("web\napi\nprobe\n");
    expect((await config(["--services", "--profile", "x"], { env })).stdout).toBe("web\napi\n");
  });

  it.each(["constructor", "toString"])("has no variable %s that the shell has not", async (name) => {
    const files = { "compose.yaml": usualStackFile, ".env": `COMPOSE_PROFILES=\${${name}:-debug}` };
    expect((await config(["--services"], { files })).stdout).toBe("web\napi\nprobe\n");
  });

  it("prints the images of hooks, which are others than the service's, among those of services", async () => {
    const hooks = "services: { a: { image: i:1, pre_start: [{ command: x, image: j:1 }, { command: y }] } }";
    const { stdout } = await config(["--images"], { files: { "compose.yaml": hooks } });
    expect(stdout).toBe("i:1\nj:1\n");
  });

  it("takes the env files of COMPOSE_ENV_FILES, and no .env where COMPOSE_DISABLE_ENV_FILE says so", async () => {
    const files = { "compose.yaml": usualStackFile, ".env": "TAG=dot", "a.env": "TAG=a" };
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
    const files = { "compose.yaml": usualStackFile, ".env": "TAG=outer", "in/.env": "TAG=inner", "in/x": "" };
    expect((await config(["--images", "-C", "in"], { files })).stdout).toContain("nginx:inner\n");
  });

  it("finds the stack file upwards and merges its override", async () => {
    const files = {
      "docker-compose.yml": usualStackFile,
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
    const files = Object.fromEntries(names.map((name) => [name, usualStackFile]));
    const { code, stderr } = await config(["--quiet"], { files });
    expect({ code, says: stderr.split("\n").filter((line) => line !== "") }).toEqual({ code: 0, says });
  });

  it("reads standard input for -f -, and names it in what it finds", async () => {
    const files = { "compose.yaml": usualStackFile, "x.yaml": "services: { api: { image: 'api:x' } }" };
    expect((await config(["--images", "-f", "-"], { files, input: usualStackFile })).stdout).toBe(
      "nginx:1.29\nshop/api:1\n",
    );
    const over = await config(["--images", "-f", "-", "-f", "x.yaml"], { files, input: usualStackFile });
    expect(over.stdout).toBe("nginx:1.29\napi:x\n");
    const wrong = await config(["-f", "-"], { files, input: "services:\n  web: { imge: i:1 }\n" });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('/dev/stdin:2:10 error unknown key "imge" in services.web\n');
    expect(wrong.stderr).toContain("  2 |   web: { imge: i:1 }\n");
  });

  it("is the only command that does", async () => {
    await using folder = await testFolder({});
    const { code, stderr } = await runCli(["preview", "-f", "-"], { cwd: folder.path, input: usualStackFile });
    expect(code).toBe(2);
    expect(stderr).toBe(
      "error: the stack file cannot be standard input here: it is read again later\n" +
        "  → write it to a file, and name that with --file; only stackhouse config reads standard input and pipes\n",
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

  it.each([["--json"], ["--services", "--json"]])("keeps warnings out of JSON with %s %s", async (...argv) => {
    const files = { "compose.yaml": "services: { web: { image: nginx } }\n" };
    const { stdout, stderr } = await config(argv, { files });
    expect(() => JSON.parse(stdout) as unknown).not.toThrow();
    expect(stderr).toContain("compose.yaml:1:27 warning");
    const { stdout: data } = await config(["--quiet", "--json"], { files });
    expect(JSON.parse(data)).toMatchObject({ diagnostics: [{ severity: "warning", line: 1, column: 27 }] });
  });

  it("looks for a stack file in --project-directory and above, and says so where there is none", async () => {
    const { code, stderr } = await config(["--project-directory", "/nope/here"]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/^error: no stack file in \/nope\/here or above\n/),
    });
  });

  it.each([[[]], [["-f", "compose.yaml"]]])("refuses a --project-directory that is a file, with %j", async (files) => {
    const { code, stdout, stderr } = await config([...files, "--project-directory", "compose.yaml"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^error: \/.*\/compose\.yaml is not a folder\n.*--project-directory/);
  });

  it.each(["config", "status"])(
    "refuses a -C that is no folder, above which there is an app, as %s",
    async (command) => {
      await using folder = await testFolder({ "compose.yaml": usualStackFile });
      for (const name of ["nope", "no/pe", "compose.yaml"]) {
        const { code, stdout, stderr } = await runCli([command, "-C", name], { cwd: folder.path });
        expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
        expect(stderr).toContain(`error: ${folder.path}/${name} is not a folder\n`);
      }
    },
  );

  it.each([
    { where: "the shell", env: { COMPOSE_PROJECT_NAME: "My Shop" }, dotenv: "" },
    { where: ".env", env: {}, dotenv: "COMPOSE_PROJECT_NAME=My Shop\n" },
  ])("blames a name that no app can have on the variable, of $where", async ({ env, dotenv }) => {
    const files = { "compose.yaml": usualStackFile, ".env": dotenv };
    for (const argv of [[], ["--no-interpolate"]]) {
      const { code, stdout, stderr } = await config(argv, { files, env });
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(/^error: the variable COMPOSE_PROJECT_NAME: "My Shop" cannot be an app's name\n/);
      expect(stderr).not.toContain("compose.yaml");
    }
    expect((await config(["--services", "-p", "shop"], { files, env })).stdout).toBe("web\napi\n");
  });

  it("merges the files of -f in their order", async () => {
    const files = { "a.yaml": usualStackFile, "b.yaml": "services: { api: { image: 'api:b' } }" };
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
    const hash = async (usualStackFile: string) =>
      (await config(["--hash", "*", "-p", "shop"], { files: { "compose.yaml": usualStackFile } })).stdout;
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

  it("with the same values in both formats, but for commands of the image, which are null in JSON alone", async () => {
    const files = { "compose.yaml": awkward };
    const yaml = parse((await config([], { files })).stdout) as unknown;
    const isOfImage = (key: string, value: unknown): boolean =>
      value === null && ["command", "entrypoint"].includes(key);
    const { stdout } = await config(["--format", "json"], { files });
    expect(yaml).toEqual(
      JSON.parse(stdout, (key, value: unknown) => (isOfImage(key, value) ? undefined : value)) as unknown,
    );
    expect(stdout).toContain('"command": null');
  });

  it("with the name first, and no anchors", async () => {
    const { stdout } = await config([], { files: { "compose.yaml": awkward } });
    expect(stdout).toMatch(/^name: shop\n/);
    expect(stdout).not.toMatch(/[&*]a\d/);
  });
});
