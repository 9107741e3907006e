import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { testFolder } from "../support/folder.ts";

const main = fileURLToPath(new URL("../../modules/cli/main.ts", import.meta.url));
const start = promisify(execFile);

/** Runs a command line with a pipe for descriptor 3, as a shell does for `<(cat compose.yaml)`. */
async function withPipe(argv: readonly string[], stackFile: string): Promise<{ stdout: string; stderr: string }> {
  await using folder = await testFolder({ "a.yaml": stackFile });
  const script = 'cat a.yaml | "$@" 3<&0 </dev/null';
  const env = { PATH: process.env["PATH"], HOME: folder.path };
  return await start("sh", ["-c", script, "sh", process.execPath, main, ...argv], { cwd: folder.path, env }).catch(
    (error: unknown) => error as { stdout: string; stderr: string },
  );
}

const good = "services: { a: { image: 'i:1' } }\n";

describe("a stack file that is a pipe, as a shell's <(…)", () => {
  it("is loaded, and gives the app the name of its folder, as for docker compose", async () => {
    const { stdout } = await withPipe(["config", "-f", "/dev/fd/3", "--format", "json"], good);
    expect(JSON.parse(stdout)).toMatchObject({ name: "fd", services: { a: { image: "i:1" } } });
  });

  it("is loaded once where it is named twice", async () => {
    const { stdout } = await withPipe(["config", "-f", "/dev/fd/3", "-f", "/dev/fd/3", "--images"], good);
    expect(stdout).toBe("i:1\n");
  });

  it("is shown where it is wrong", async () => {
    const { stderr } = await withPipe(["config", "-q", "-f", "/dev/fd/3"], "services: { a: { imagee: 'i:1' } }\n");
    expect(stderr).toContain('/dev/fd/3:1:18 error unknown key "imagee" in services.a\n');
    expect(stderr).toContain("1 | services: {");
  });

  it("is refused by what reads it again later", async () => {
    const { stderr } = await withPipe(["preview", "-f", "/dev/fd/3"], good);
    expect(stderr).toContain("the stack file cannot be a pipe, as /dev/fd/3 is, here: it is read again later");
  });
});
