import { spawn, type ChildProcess, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Engine } from "../../modules/engine/index.ts";
import { homeFrom } from "../../modules/system/home.ts";
import type { CliResult } from "./cli.ts";

const repository = fileURLToPath(new URL("../../", import.meta.url));

const manifest = `name: house
main: index.mjs
runtime:
  name: nodejs
  options: { typescript: false }
plugins:
  providers:
    - { name: stackhouse, path: node_modules/stackhouse/bin }
`;

const program = `import { App, debianImages, LocalVm } from "stackhouse";
const images = debianImages("app/images.yaml");
const host = new LocalVm("house", { memoryMiB: 1024, preload: [images] });
const app = new App("quickstart", { host, files: "app/compose.yaml", imageArchives: [images] });
export const url = app.services.web.url;
`;

/** What a project consists of. */
export interface ProjectLayout {
  /** Content by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Folders of this checkout, by their path in the project. */
  readonly folders: Readonly<Record<string, string>>;
  /** For every command, besides what this process has. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What makes Node read a project's programs as modules. */
export const esModules = { "package.json": '{ "type": "module" }\n' };

/** Nothing at all: what it is to have, a command writes. */
export const emptyProject: ProjectLayout = { files: {}, folders: {} };

const onLocalVm: ProjectLayout = {
  files: { ...esModules, "Pulumi.yaml": manifest, "index.mjs": program },
  folders: { app: "templates/quickstart" },
};

/** A user's project with the quickstart app, on a local VM unless another layout is given: state of its own, caches of this machine. */
export interface VmProject extends AsyncDisposable {
  readonly path: string;
  readonly vms: string;
  stackhouse(...argv: readonly string[]): Promise<CliResult>;
  /** Starts a command and does something as soon as its output matches, once; fails where it never does. */
  when(pattern: RegExp, act: (command: ChildProcess) => unknown, ...argv: readonly string[]): Promise<void>;
  /** Runs plain `pulumi` on the Pulumi stack, as its user would. */
  pulumi(...argv: readonly string[]): Promise<CliResult>;
  /** Changes the stack file. */
  edit(from: string, to: string): Promise<void>;
  /** Process ids of the project's VMs, from what QEMU wrote. */
  vmProcesses(): Promise<readonly number[]>;
}

async function resultOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<CliResult> {
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number]>,
  ]);
  return { code, stdout, stderr };
}

export async function vmProject(engine: Engine, layout: ProjectLayout = onLocalVm): Promise<VmProject> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "stackhouse-vm-")));
  const root = join(path, "home");
  const home = homeFrom({ STACKHOUSE_HOME: root });
  const cache = homeFrom(process.env).cache.root;
  await mkdir(root);
  await mkdir(cache, { recursive: true });
  await symlink(cache, home.cache.root);
  await mkdir(join(path, "node_modules"));
  await symlink(repository, join(path, "node_modules", "stackhouse"));
  for (const name of ["@pulumi", "tsx"]) {
    await symlink(join(repository, "node_modules", name), join(path, "node_modules", name));
  }
  for (const [to, from] of Object.entries(layout.folders)) {
    await cp(join(repository, from), join(path, to), { recursive: true });
  }
  for (const [name, content] of Object.entries(layout.files)) await writeFile(join(path, name), content);
  const stackFile = join(path, "app/compose.yaml");
  const start = (argv: readonly string[]): ChildProcessByStdio<null, Readable, Readable> =>
    spawn(process.execPath, [join(repository, "bin/stackhouse"), ...argv], {
      cwd: path,
      env: { ...process.env, ...layout.env, STACKHOUSE_HOME: root },
      stdio: ["ignore", "pipe", "pipe"],
    });
  const stackhouse: VmProject["stackhouse"] = (...argv) => resultOf(start(argv));
  return {
    path,
    vms: home.state.vms,
    stackhouse,
    async when(pattern, act, ...argv) {
      const child = start(argv);
      const ended = once(child, "exit");
      let said = "";
      const acted = new AbortController();
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (chunk: string) => {
          said += chunk;
          if (acted.signal.aborted || !pattern.test(said)) return;
          acted.abort();
          act(child);
        });
      }
      await ended;
      if (!acted.signal.aborted) throw new Error(`it never said ${String(pattern)}:\n${said}`);
    },
    pulumi(...argv) {
      const env = {
        ...process.env,
        ...layout.env,
        PULUMI_BACKEND_URL: `file://${home.state.backend}`,
        PULUMI_CONFIG_PASSPHRASE_FILE: join(home.state.root, "passphrase"),
        PULUMI_HOME: home.state.pulumiHome,
        STACKHOUSE_HOME: root,
        PATH: [engine.binDir, dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter),
      };
      const program = join(engine.binDir, "pulumi");
      return resultOf(spawn(program, argv, { cwd: path, env, stdio: ["ignore", "pipe", "pipe"] }));
    },
    async edit(from, to) {
      const before = await readFile(stackFile, "utf8");
      if (!before.includes(from)) throw new Error(`the stack file has no ${from}`);
      await writeFile(stackFile, before.replace(from, to));
    },
    async vmProcesses() {
      const ids = (await readdir(home.state.vms, { withFileTypes: true })).filter((entry) => entry.isDirectory());
      const texts = await Promise.all(ids.map(({ name }) => readFile(join(home.state.vms, name, "qemu.pid"), "utf8")));
      return texts.map(Number);
    },
    async [Symbol.asyncDispose]() {
      const { code, stdout, stderr } = await stackhouse("destroy", "--yes");
      // The folder says what is left.
      if (code !== 0) throw new Error(`destroy failed in ${path}:\n${stdout}\n${stderr}`);
      await rm(path, { recursive: true, force: true });
    },
  };
}
