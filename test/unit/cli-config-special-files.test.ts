import { execFileSync } from "node:child_process";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { runCli } from "../support/cli.ts";
import { testFolder } from "../support/folder.ts";

const good = "services: { a: { image: 'i:1' } }\n";

/** What can be where a file is looked for. */
const special = {
  folder: (path: string) => mkdir(path),
  pipe: (path: string) => Promise.resolve(void execFileSync("mkfifo", [path])),
  ring: (path: string) => symlink(path, path),
  "link to nothing": (path: string) => symlink("nothing", path),
} as const;

type Special = keyof typeof special;

/** `stackhouse config --quiet` in a folder where one of the files is special. */
async function configWith(kind: Special, name: string, files: Readonly<Record<string, string>>, cwd = ".") {
  await using folder = await testFolder(files);
  await special[kind](join(folder.path, name));
  return await runCli(["config", "--quiet"], { cwd: join(folder.path, cwd) });
}

describe("what is no ordinary file", () => {
  it("is a finding as .env: a pipe", async () => {
    const { code, stderr } = await configWith("pipe", ".env", { "compose.yaml": good });
    expect({ code, stderr: stderr.replaceAll(/\S+\/\.env/g, ".env") }).toEqual({
      code: 2,
      stderr: expect.stringContaining(".env:1:1 error .env cannot be read: it is no ordinary file") as unknown,
    });
  });

  it("is passed over as .env: a folder", async () => {
    const { code, stderr } = await configWith("folder", ".env", { "compose.yaml": good });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it.each<{ kind: Special; name: string; beside: string; says: string }>([
    { kind: "folder", name: "compose.override.yaml", beside: "compose.yaml", says: "it is a folder" },
    { kind: "pipe", name: "compose.override.yaml", beside: "compose.yaml", says: "it is no ordinary file" },
    { kind: "link to nothing", name: "compose.override.yaml", beside: "compose.yaml", says: "does not exist" },
    { kind: "folder", name: "compose.yaml", beside: "compose.yml", says: "it is a folder" },
    { kind: "folder", name: "compose.yaml", beside: "x", says: "it is a folder" },
    { kind: "pipe", name: "compose.yaml", beside: "x", says: "it is no ordinary file" },
    { kind: "ring", name: "compose.yaml", beside: "x", says: "its links lead back to themselves" },
    { kind: "link to nothing", name: "compose.yaml", beside: "x", says: "does not exist" },
  ])("is a finding as a stack file: a $kind $name beside $beside", async ({ kind, name, beside, says }) => {
    const { code, stderr } = await configWith(kind, name, { [beside]: good });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(says) as unknown });
    expect(stderr).toContain(`${name}:1:1 error`);
  });

  it("is an empty file where people want none: the null device", async () => {
    await using folder = await testFolder({
      "compose.yaml": "services: { a: { image: 'i:${TAG:-1}', env_file: /dev/null } }\n",
      ".env": "TAG=2\n",
    });
    const { code, stdout, stderr } = await runCli(["config", "--env-file", "/dev/null", "--images"], {
      cwd: folder.path,
    });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "i:1\n", stderr: "" });
  });

  it("is a finding before a stack file of the folder above is looked for", async () => {
    const files = { "compose.yaml": good, "in/x": "" };
    const { code, stderr } = await configWith("folder", "in/compose.yaml", files, "in");
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("it is a folder") as unknown });
  });

  it.each<Special>(["ring", "link to nothing"])("is looked past where a good one is beside: a %s", async (kind) => {
    expect((await configWith(kind, "compose.yaml", { "compose.yml": good })).code).toBe(0);
  });
});
