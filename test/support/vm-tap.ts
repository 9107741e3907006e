import { readFile, rename, symlink } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { systemRunner, type Runner } from "../../modules/system/exec.ts";
import { listening } from "./listening.ts";

/**
 * What becomes of a line that the driver says to a clone: it is `said`; it and all that follows is `lost`; the line is `cut` off and the
 * guest leaves; the clone's process is `killed` instead.
 */
export type Fate = "said" | "lost" | "cut" | "killed";

/** Starts real QEMUs, and stands between the driver and each clone of them. */
export interface VmTap extends AsyncDisposable {
  readonly runner: Runner;
  /** Of the clones that it started. */
  readonly pids: readonly number[];
}

const sockets = ["qmp.sock", "porter.sock"];

export function tapVms(fateOf: (line: string) => Fate): VmTap {
  const taps = new AsyncDisposableStack();
  const pids: number[] = [];
  return {
    pids,
    runner: {
      async exec(program, args, options) {
        const result = await systemRunner.exec(program, args, options);
        const { cwd } = options ?? {};
        if (result.exitCode !== 0 || cwd === undefined || !args.includes("-incoming")) return result;
        const pid = Number(await readFile(join(cwd, "qemu.pid"), "utf8"));
        pids.push(pid);
        for (const name of sockets) {
          const fates = { fateOf, kill: () => process.kill(pid, "SIGKILL") };
          taps.use(await tap(cwd, name, fates));
        }
        return result;
      },
    },
    [Symbol.asyncDispose]: () => taps.disposeAsync(),
  };
}

interface Fates {
  readonly fateOf: (line: string) => Fate;
  readonly kill: () => void;
}

/** Takes the place of a socket in a VM's folder, by a link: the next QEMU there has its own. */
async function tap(folder: string, name: string, { fateOf, kill }: Fates): Promise<AsyncDisposable> {
  const target = join(folder, `${name}.tapped`);
  await rename(join(folder, name), target);
  const server = createServer((client) => {
    const vm = connect(target);
    vm.on("error", () => client.destroy()).once("close", () => client.destroy());
    client.once("close", () => vm.destroy());
    vm.pipe(client);
    let isLost = false;
    let rest = "";
    client.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (isLost) return;
        switch (fateOf(line)) {
          case "said":
            vm.write(`${line}\n`);
            break;
          case "lost":
            isLost = true;
            break;
          case "cut":
            isLost = true;
            vm.end(line.slice(0, line.length / 2));
            break;
          case "killed":
            isLost = true;
            kill();
        }
      }
    });
  });
  const taken = await listening(server, join(folder, `${name}.tap`));
  await symlink(`${name}.tap`, join(folder, name));
  return taken;
}
