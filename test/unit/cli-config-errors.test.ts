import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { runCli } from "../support/cli.ts";
import { config } from "../support/config-command.ts";
import { testFolder } from "../support/folder.ts";

describe("a warning of stackhouse config", () => {
  const stackFile = `services: { web: { image: i:1, secrets: [a, b] } }
secrets: { a: { file: ./none }, b: { environment: NOWHERE }, c: { file: ./unused } }
`;

  it("is about configs and secrets that cannot be had, which preview and up refuse", async () => {
    const { code, stdout, stderr } = await config(["--quiet"], { files: { "compose.yaml": stackFile } });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toContain("compose.yaml:2:23 warning secrets.a: there is no file");
    expect(stderr).toContain("compose.yaml:2:51 warning secrets.b: there is no variable NOWHERE");
  });

  it.each([
    ["a device", "/dev/zero", "it is no ordinary file"],
    ["links in a ring", "a", "its links lead back to themselves"],
  ])("is about a secret whose file is %s, which is not read", async (_, target, why) => {
    const text = "services: { web: { image: i:1, secrets: [a] } }\nsecrets: { a: { file: ./a } }\n";
    await using folder = await testFolder({ "compose.yaml": text });
    await symlink(target, join(folder.path, "a"));
    const { code, stderr } = await runCli(["config", "--quiet"], { cwd: folder.path });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining(`cannot be read: ${why}`) });
    const hashed = await runCli(["config", "--hash", "*"], { cwd: folder.path });
    expect(hashed).toMatchObject({ code: 2, stderr: expect.stringContaining(`cannot be read: ${why}`) });
  });

  it("is data with --json", async () => {
    const { stdout } = await config(["--quiet", "--json"], { files: { "compose.yaml": stackFile } });
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly unknown[] };
    expect(diagnostics).toContainEqual(
      expect.objectContaining({ severity: "warning", code: "content-missing", line: 2 }),
    );
  });
});

describe("an error of stackhouse config", () => {
  it("is told with that there are more than 1000", async () => {
    const lines = Array.from({ length: 1_200 }, (_, index) => `  s${index}: { image: i:1, wrong${index}: x }\n`);
    const files = { "compose.yaml": `services:\n${lines.join("")}` };
    const { code, stdout } = await config(["--json"], { files });
    const { error } = JSON.parse(stdout) as { error: { message: string; diagnostics: readonly { code: string }[] } };
    expect(code).toBe(2);
    expect(error.message).toBe("the stack file has more than 1000 errors");
    expect(error.diagnostics).toHaveLength(1_001);
    expect(error.diagnostics.at(-1)).toMatchObject({ code: "too-many", line: 1_002 });
  });

  it.each([
    ["a folder", "a", { diagnostics: [{ code: "file-is-folder" }] }],
    ["nothing", "none.yaml", { code: "stackfile.missing" }],
  ])("has a code for a stack file that is %s", async (_, name, error) => {
    const { stdout } = await config(["-f", name, "--json"], { files: { "a/x": "" } });
    expect(JSON.parse(stdout)).toMatchObject({ error });
  });

  it("is a mount of files that the app's host has not, as it is of preview and up", async () => {
    const files = { "compose.yaml": "services: { web: { image: i:1, volumes: ['./html:/html'] } }\n" };
    const { code, stdout, stderr } = await config(["--quiet"], { files });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("compose.yaml:1:42 error services.web mounts ./html");
  });

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
    expect(stderr).toContain('compose.yaml:4:13 error services.web.ports[0]: "80:$PORT" does not give a port');
    expect(stderr).toContain("compose.yaml:4:17 warning the variable PORT is not set");
  });

  it("is shown with the unset variable for which a key is missing", async () => {
    const files = { "compose.yaml": "services:\n  web:\n    image: $IMG\n" };
    const { stderr } = await config([], { files });
    expect(stderr).toContain('compose.yaml:2:3 error services.web needs "image"');
    expect(stderr).toContain("compose.yaml:3:12 warning the variable IMG is not set");
  });

  it("hides no warning with --quiet, and none is told twice", async () => {
    const files = {
      "compose.yaml": "services:\n  web:\n    image: i\n    ports: ['80:$PORT']\n    labels: { A: $B }\n",
    };
    const { code, stderr } = await config(["--quiet"], { files });
    expect(code).toBe(2);
    expect(stderr).toContain("compose.yaml:3:12 warning the image of services.web has no tag");
    expect(stderr).toContain("compose.yaml:5:18 warning the variable B is not set");
    expect(stderr.split("the variable PORT is not set")).toHaveLength(2);
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
