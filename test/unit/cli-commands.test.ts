import { describe, expect, it } from "@jest/globals";
import { chmod, readdir } from "node:fs/promises";
import { calledAs } from "../../modules/cli/called-as.ts";
import { buildProgram } from "../../modules/cli/program.ts";
import { asTyped, choiceOf } from "../../modules/cli/render/typed.ts";
import { runCli, spawnCli } from "../support/cli.ts";
import { testFolder } from "../support/folder.ts";

const stackFile = `
services:
  web:
    image: "nginx:\${TAG:-1.29}"
    volumes: [data:/data]
  api:
    image: "shop/api:1"
volumes:
  data:
`;

describe("proposed commands", () => {
  it.each([
    { how: "by its name", program: "stackhouse", argv: [], says: "→ stackhouse up --yes goes" },
    { how: "by a path", program: "/opt/s/bin/stackhouse", argv: [], says: "→ /opt/s/bin/stackhouse up --yes goes" },
    { how: "for another stack", program: "stackhouse", argv: ["-s", "qa"], says: "→ stackhouse up -s qa --yes goes" },
    { how: "from elsewhere", program: "stackhouse", argv: ["-C", "a b"], says: "→ stackhouse up -C 'a b' --yes goes" },
  ])("can be typed as they stand by who called it $how", async ({ program, argv, says }) => {
    await using folder = await testFolder();
    const { stderr } = await runCli(["up", ...argv], { cwd: folder.path, program });
    expect(stderr).toContain(says);
  });

  it("leave a choice that they make themselves", () => {
    const typing = { program: "stackhouse", choice: choiceOf({ stack: "qa", name: "shop" }) };
    expect(asTyped("stackhouse destroy --name old takes that away; stackhouse doctor", typing)).toBe(
      "stackhouse destroy -s qa --name old takes that away; stackhouse doctor",
    );
  });

  it.each([
    { how: "through npx", env: { npm_command: "exec" }, found: "npx stackhouse" },
    { how: "by a name that PATH knows", env: { PATH: "HERE" }, found: "stackhouse" },
    { how: "by its path alone", env: { PATH: "/nowhere" }, found: "HERE/stackhouse" },
  ])("begin as the program was called $how", async ({ env, found }) => {
    await using folder = await testFolder({ stackhouse: "" });
    const here = (text: string): string => text.replace("HERE", folder.path);
    await chmod(here("HERE/stackhouse"), 0o755);
    const known = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, here(value)]));
    expect(await calledAs(here("HERE/stackhouse"), known)).toBe(here(found));
  });
});

describe("wrong usage", () => {
  it.each([
    { argv: ["pu"], says: "unknown command 'pu'", advice: "Did you mean up?" },
    { argv: ["config", "--fromat", "json"], says: "unknown option '--fromat'", advice: "Did you mean --format?" },
    { argv: ["config", "--format", "xml"], says: "Allowed choices are yaml, json.", advice: "--help" },
    { argv: ["config", "--set", "x"], says: "it must be KEY=VALUE.", advice: "--help" },
    { argv: ["up", "--cpus", "0"], says: "it must be a whole number above 0.", advice: "--help" },
    { argv: ["-f", "x", "config"], says: "unknown option '-f'", advice: "behind the command: stackhouse config -f" },
    { argv: ["--profile=p", "up"], says: "unknown option '--profile=p'", advice: "stackhouse up --profile\n" },
    { argv: ["--profile", "p", "status"], says: "unknown option '--profile'", advice: "--help" },
    { argv: ["exec"], says: "missing required argument 'service'", advice: "--help" },
    { argv: ["exec", "web", "--"], says: "there is no command to run in web", advice: "exec SERVICE -- COMMAND" },
    { argv: ["config", "--services", "--images"], says: "cannot be used with", advice: "--help" },
  ])("stackhouse $argv ends with 2 and says what is wrong", async ({ argv, says, advice }) => {
    const { code, stdout, stderr } = await runCli(argv, { cwd: "/" });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(says);
    expect(stderr).toContain(advice);
  });

  it("is one JSON document on stdout with --json", async () => {
    const { code, stdout, stderr } = await runCli(["config", "--json", "--format", "xml"], { cwd: "/" });
    expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({
      error: { code: "input.invalid", message: expect.any(String), hint: expect.any(String), details: [] },
    });
  });

  it.each([
    ["in full", ["exec", "web", "--", "ls", "--json"]],
    ["without dashes", ["exec", "web", "ls", "--json"]],
    ["with an option that is none", ["exec", "--fast", "web", "--", "ls", "--json"]],
  ])("does not take the options of a command elsewhere for its own: %s", async (_, argv) => {
    await using folder = await testFolder();
    const { stdout, stderr } = await runCli(argv, { cwd: folder.path });
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^error: /u);
  });

  it("names what is missing where there is no project", async () => {
    await using folder = await testFolder();
    const { code, stderr } = await runCli(["up", "--yes"], { cwd: folder.path });
    expect(code).toBe(2);
    expect(stderr).toBe(
      `error: no Pulumi.yaml and no stack file in ${folder.path} or above\n` +
        "  → start a project with stackhouse init, or name a stack file with --file\n",
    );
  });

  it.each(["up", "destroy"])("%s refuses to ask where nobody can answer, before it does anything", async (command) => {
    await using folder = await testFolder({ "compose.yaml": stackFile });
    const { code, stderr } = await runCli([command], { cwd: folder.path });
    expect(code).toBe(2);
    expect(stderr).toContain(`stackhouse ${command} --yes goes ahead without asking`);
  });

  it("destroy says that nothing is deployed, and makes no engine to find out", async () => {
    await using folder = await testFolder({ "Pulumi.yaml": "name: shop\nruntime: nodejs\n" });
    const env = { PATH: folder.path, HOME: folder.path, STACKHOUSE_HOME: `${folder.path}/home` };
    const { code, stdout } = await runCli(["destroy", "--yes"], { cwd: folder.path, env });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Nothing is deployed.\n" });
    expect(await readdir(folder.path)).toEqual(["Pulumi.yaml"]);
  });

  it("refuses options that say nothing to a program", async () => {
    await using folder = await testFolder({ "Pulumi.yaml": "name: shop\nruntime: nodejs\n" });
    const given = ["--cpus", "4", "--set", "A=1", "--allow-public", "5432"];
    const { code, stderr } = await runCli(["preview", ...given], { cwd: folder.path });
    expect(code).toBe(2);
    expect(stderr).toContain(`--cpus, --set, --allow-public says nothing to the program in ${folder.path}`);
  });
});

describe("a stack file that is wrong", () => {
  it.each<[string, string, string[]]>([
    ["is not YAML", "services:\n  web: [nginx\n", ["compose.yaml:2:8", "error:"]],
    ["has an unknown key", "services:\n  web:\n    imgae: nginx\n", ["compose.yaml:3:5", "imgae", "image"]],
    [
      "wants a variable",
      "services:\n  web:\n    image: ${IMAGE:?say which}\n",
      ["compose.yaml:3:12", "IMAGE", "say which"],
    ],
    ["is empty", "", ["compose.yaml:1:1", "empty"]],
  ])("that %s ends every command with 2, its place and what to do, and makes nothing", async (_what, content, says) => {
    await using folder = await testFolder({ "compose.yaml": content });
    const env = { STACKHOUSE_HOME: `${folder.path}/home` };
    for (const argv of [["config"], ["preview"], ["up", "--yes"]]) {
      const { code, stdout, stderr } = await runCli(argv, { cwd: folder.path, env });
      expect({ argv, code, stdout }).toEqual({ argv, code: 2, stdout: "" });
      for (const word of says) expect(stderr).toContain(word);
      expect(stderr.split("\n").length).toBeLessThan(24);
    }
    expect(await readdir(folder.path)).toEqual(["compose.yaml"]);
  });
});

describe("a reader that went away", () => {
  it("of the result ends the command", async () => {
    expect(await spawnCli(["--help"], { cwd: "/", closed: "stdout" })).toMatchObject({ code: 141 });
  });

  it("of what is told beside the result does not end it", async () => {
    expect(await spawnCli(["pu"], { cwd: "/", closed: "stderr" })).toMatchObject({ code: 2 });
  });
});

describe("output on a full disk", () => {
  const said = "error: the result cannot be written: ENOSPC: no space left on device, write\n";

  it.each([
    ["prints its result and is done", ["--help"]],
    ["prints a stack file", ["config"]],
    ["prints JSON", ["config", "--json"]],
  ])("is one line and exit code 1 of a command that %s", async (_, argv) => {
    await using folder = await testFolder({ "compose.yaml": "services: { a: { image: 'i:1' } }\n" });
    const { code, stderr } = await spawnCli(argv, { cwd: folder.path, full: "stdout" });
    expect({ code, stderr }).toEqual({ code: 1, stderr: said });
  });

  it("is nothing to what is told beside the result", async () => {
    expect(await spawnCli(["pu"], { cwd: "/", full: "stderr" })).toMatchObject({ code: 2 });
  });
});

describe("help", () => {
  it("is what stackhouse alone shows", async () => {
    const { code, stdout, stderr } = await runCli([], { cwd: "/" });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/up .*\n/u);
  });

  const program = buildProgram((command) => command, { write: () => true });

  it.each(program.commands.map((command) => command.name()))("%s has a description and examples", async (name) => {
    const { code, stdout } = await runCli([name, "--help"], { cwd: "/" });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: stackhouse /);
    expect(stdout).toContain("\nExamples:\n");
    expect(stdout).toContain("stackhouse");
  });
});
