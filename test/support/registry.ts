import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { RegistryCredentials } from "../../host-agent/runtime/port.ts";
import type { TestEngine } from "./docker.ts";
import { freePort } from "./sshd.ts";

/** A real registry with a password, on the loopback of an engine. Needs the package docker-registry. */
export interface TestRegistry extends AsyncDisposable {
  /** First part of references: `127.0.0.1:PORT`. */
  readonly host: string;
  readonly credentials: RegistryCredentials;
  /** The same registry behind a network that breaks after so many bytes of answers. Gives its host. */
  breaksAfter(bytes: number): Promise<string>;
}

export async function whyNoRegistry(): Promise<string | undefined> {
  return await access("/usr/bin/docker-registry").then(
    () => undefined,
    () => "docker-registry is missing: apt-get install docker-registry",
  );
}

const credentials = { username: "tester", password: "correct-horse" };
/** The line of `htpasswd -B` for these credentials. */
const passwordFile = "tester:$2y$05$t9DNJO2/sWEHpAwiS6751OyNXRVFHY1lu1a4KvGmc6wzZWfDJW5sG\n";

export async function startRegistry(engine: TestEngine): Promise<TestRegistry> {
  const directory = join(engine.directory, "registry");
  const port = await freePort();
  await mkdir(directory);
  await writeFile(join(directory, "htpasswd"), passwordFile);
  const configuration = {
    version: "0.1",
    log: { level: "info" },
    storage: { filesystem: { rootdirectory: join(directory, "storage") } },
    http: { addr: `127.0.0.1:${port}` },
    auth: { htpasswd: { realm: "test", path: join(directory, "htpasswd") } },
  };
  await writeFile(join(directory, "config.yml"), JSON.stringify(configuration));

  const running: Program[] = [];
  const start = async (ready: RegExp, command: readonly [string, ...string[]]): Promise<string> => {
    const program = startProgram(command, ready);
    running.push(program);
    return await program.ready;
  };
  await start(/listening on/, engine.inNetwork("docker-registry", "serve", join(directory, "config.yml")));
  return {
    host: `127.0.0.1:${port}`,
    credentials,
    async breaksAfter(bytes) {
      const script = join(import.meta.dirname, "cut-proxy.mjs");
      const proxyPort = await start(/^\d+$/, engine.inNetwork(process.execPath, script, `${port}`, `${bytes}`));
      return `127.0.0.1:${proxyPort}`;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(running.map((program) => program.stop()));
    },
  };
}

interface Program {
  /** The first line of output that matches. */
  readonly ready: Promise<string>;
  stop(): Promise<void>;
}

function startProgram([program, ...args]: readonly [string, ...string[]], wanted: RegExp): Program {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const exited = once(child, "exit");
  const lines: string[] = [];
  const found = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on("line", (line) => {
        lines.push(line);
        if (wanted.test(line)) resolve(line);
      });
    }
  });
  return {
    ready: Promise.race([
      found,
      exited.then(() => {
        throw new Error(`${args.join(" ")} ended:\n${lines.join("\n")}`);
      }),
    ]),
    async stop() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
