import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

/** A process that has ended, whose parent does not wait for it, until disposed. */
export async function zombie(): Promise<AsyncDisposable & { readonly pid: number }> {
  // The child ends once its parent is a sleep: a shell might wait for it.
  const script = "(until grep -q sleep /proc/$$/comm; do :; done) & echo $!; exec sleep 60";
  const parent = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore"] });
  const closed = once(parent, "close");
  const [line] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
  while (!/^State:\s+Z/mu.test(await readFile(`/proc/${line}/status`, "utf8"))) await delay(10);
  return {
    pid: Number(line),
    async [Symbol.asyncDispose]() {
      parent.kill("SIGKILL");
      await closed;
    },
  };
}
