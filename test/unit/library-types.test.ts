import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, afterAll, describe, expect, it, jest } from "@jest/globals";
import { systemRunner, type ExecResult } from "../../modules/system/exec.ts";
import { packageRoot } from "../../modules/system/package-root.ts";
import { runCli } from "../support/cli.ts";
import { testFolder } from "../support/folder.ts";

/** A compiler reads megabytes of declarations for each cloud. */
jest.setTimeout(120_000);
const modules = join(packageRoot(), "node_modules");

/** The compiler of the repository, with its options. */
function tsc(args: readonly string[], cwd: string): Promise<ExecResult> {
  return systemRunner.exec(process.execPath, [join(modules, "typescript", "bin", "tsc"), ...args], { cwd });
}

describe("the declarations of the library", () => {
  let packages: string;
  let library: Awaited<ReturnType<typeof testFolder>>;

  /** Installed packages: the library as it is published, with what it depends on. */
  beforeAll(async () => {
    library = await testFolder();
    packages = join(library.path, "node_modules");
    const published = join(packages, "stackhouse");
    await mkdir(published, { recursive: true });
    await cp(join(packageRoot(), "package.json"), join(published, "package.json"));
    const types = join(published, "dist", "types");
    const emitted = await tsc(["-p", "tsconfig.types.json", "--outDir", types], packageRoot());
    expect(emitted).toMatchObject({ exitCode: 0, stdout: "" });
    const { dependencies } = JSON.parse(await readFile(join(packageRoot(), "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    const scopes = Object.keys(dependencies).map((name) => name.split("/")[0] ?? name);
    for (const name of [...new Set([...scopes, "@types"])]) await symlink(join(modules, name), join(packages, name));
  });
  afterAll(async () => {
    await library[Symbol.asyncDispose]();
  });

  /** Type-checks the project that `stackhouse init` writes, changed as told. */
  async function check(
    folder: string,
    host: string,
    change: (program: string) => string = (program) => program,
  ): Promise<ExecResult> {
    const project = join(library.path, folder);
    expect((await runCli(["init", "--host", host, "--name", "shop", "-C", project], { cwd: library.path })).code).toBe(
      0,
    );
    const program = join(project, "index.ts");
    await writeFile(program, change(await readFile(program, "utf8")));
    return tsc(["-p", "."], project);
  }

  it.each(["local", "ssh", "aws", "digitalocean"])(
    "fit the program that init writes for --host %s, in strict mode",
    async (host) => {
      expect(await check(host, host)).toMatchObject({ exitCode: 0, stdout: "" });
    },
  );

  it("find a mistake in a program: nothing of them has become any", async () => {
    const wrong = (program: string): string => `${program.replace("cpus: 2", 'cpus: "two"')}app.services.wbe.url;\n`;
    const { stdout } = await check("wrong", "local", wrong);
    expect(stdout).toMatch(/Type 'string' is not assignable to type 'Input<number>/u);
    expect(stdout).toContain("Property 'wbe' does not exist");
  });
});
