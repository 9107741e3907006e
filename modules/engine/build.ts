import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import PQueue from "p-queue";
import { allOrNone } from "../base/all-or-none.ts";
import { StackhouseError } from "../base/errors.ts";
import { showElapsed } from "../base/elapsed.ts";
import { languageHostScript, moduleFolder, programs } from "./layout.ts";
import type { EnginePorts } from "./types.ts";
import { type GoCall, goCache, runGo } from "./go.ts";
import { engineVersion } from "./version.ts";

/** Flags and tags of the upstream release: github.com/pulumi/pulumi .goreleaser.yml. Without the version the SDK refuses the CLI. */
const buildFlags = [
  "-mod=readonly",
  "-modcacherw",
  "-trimpath",
  "-buildvcs=false",
  // No debug information: the linker would strip it. Inlining is a fifth of the compilers' work: only what an update spends its
  // time in is worth it, and not the clients of clouds. The last pattern that matches holds.
  "-gcflags=all=-dwarf=false -l",
  ...["std", "github.com/pulumi/...", "google.golang.org/grpc/...", "google.golang.org/protobuf/..."].map(
    (packages) => `-gcflags=${packages}=-dwarf=false`,
  ),
  "-tags=osusergo,grpcnotrace",
] as const;
const linkerFlags = `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${engineVersion}`;

/**
 * Builds both programs below `root`; what is to be started is in its `bin`. An interrupted build goes on where it was, through
 * Go's caches, which are removed when all is done; caches that the environment names are used instead and kept.
 */
export async function buildEngine(root: string, ports: EnginePorts): Promise<void> {
  const binDir = join(root, "bin");
  await mkdir(binDir, { recursive: true });
  await copyFile(languageHostScript(), join(binDir, "pulumi-language-nodejs"));
  // The modules of the next program come from the network while the processors are at the one before.
  const network = new PQueue({ concurrency: 1 });
  const processors = new PQueue({ concurrency: 1 });
  const doing = new Map<Program, string>();
  await showElapsed(
    () => ["building from source", ...doing.values()].join("; "),
    ports,
    () =>
      allOrNone(
        ports.signal,
        programs.map((program) => async (signal) => {
          const step: Step = { ...ports, signal, say: (text) => doing.set(program, `${program.binary}: ${text}`) };
          await network.add(() => fetchModules(program, step));
          doing.delete(program);
          await processors.add(() => compile(program, root, step));
          doing.delete(program);
        }),
      ),
  );
  await rm(goCache(ports.home), { recursive: true, force: true });
}

type Program = (typeof programs)[number];

interface Step extends EnginePorts {
  readonly say: (text: string) => void;
}

async function fetchModules(program: Program, step: Step): Promise<void> {
  let modules = 0;
  step.say("fetching Go modules");
  await go(["list", "-deps", ...buildFlags, program.package], program, {
    ...step,
    onLine: (line) => {
      if (line.startsWith("go: downloading ")) step.say(`${++modules} Go modules fetched`);
    },
  });
}

async function compile(program: Program, root: string, step: Step): Promise<void> {
  // The last one is the program itself: while it is compiled, it is mostly linked.
  const total = (await countStale(program, step)) - 1;
  let compiled = 0;
  const count = (): void => {
    step.say(compiled < total ? `${compiled} of ${total} packages` : "linking");
    compiled += 1;
  };
  count();
  const output = join(root, program.folder, program.binary);
  await go(["build", "-v", ...buildFlags, `-ldflags=${linkerFlags}`, "-o", output, program.package], program, {
    ...step,
    onLine: count,
  });
}

/** The packages that are not compiled yet. */
async function countStale(program: Program, step: Step): Promise<number> {
  const args = ["list", "-deps", ...buildFlags, "-f={{if .Stale}}{{.ImportPath}}{{end}}", program.package];
  const listed = await go(args, program, { ...step, onLine: () => undefined });
  return listed.split("\n").filter((line) => line !== "").length;
}

async function go(args: readonly string[], { module }: Program, call: GoCall): Promise<string> {
  const ran = await runGo(args, moduleFolder(module), call);
  if (ran.exitCode !== 0) throw buildError(ran.stderr);
  return ran.stdout.trim();
}

/** Sorts a failed build by what its user can do. */
export function buildError(output: string): StackhouseError {
  const details = output.split("\n").filter(isNews).slice(-12);
  if (networkTrouble.test(details.join("\n"))) {
    return new StackhouseError("engine.no-network", "the Go modules of the Pulumi engine could not be fetched", {
      details,
      hint: "check the connection, or name a reachable module proxy in GOPROXY, then run this again: it goes on where it was",
    });
  }
  return new StackhouseError("engine.build-failed", "the Pulumi engine could not be built from source", {
    details,
    hint: hintFor(output),
  });
}

/** Not the names of fetched modules and of packages as they are compiled. */
function isNews(line: string): boolean {
  return line.trim() !== "" && !line.startsWith("go: downloading ") && !/^[\w.~/-]+$/u.test(line);
}

const networkTrouble =
  /dial tcp|no such host|connection re(?:fused|set)|i\/o timeout|TLS handshake|proxyconnect|Client\.Timeout|unexpected EOF|50[234] /u;

function hintFor(output: string): string {
  if (output.includes("no space left on device")) return "free about 6 GB of disk, then run this again";
  if (output.includes("signal: killed"))
    return "free about 3 GB of memory, then run this again: it goes on where it was";
  return "run this again; or install Pulumi yourself (https://www.pulumi.com/docs/install) and put it on PATH";
}
