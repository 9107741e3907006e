import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../base/errors.ts";
import { mappedMemory } from "./argv.ts";
import { lastLines } from "./lines.ts";
import type { QemuPorts } from "./ports.ts";

/** It maps a file, and ends: a tenth of a second on an idle machine. */
const probeDeadlineMs = 20_000;
const probedBytes = 2 * 1024 ** 2;

/** Why QEMU cannot take a file for a VM's memory here, found by trying; undefined where it can. */
export async function mappingRefusal({ home, runner }: QemuPorts, signal: AbortSignal): Promise<string | undefined> {
  await mkdir(home.cache.templates, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(home.cache.templates, ".probe-"));
  try {
    await writeFile(join(folder, "ram"), Buffer.alloc(probedBytes));
    const args = [
      ...["-machine", "none", "-nodefaults", "-no-user-config", "-display", "none"],
      ...["-object", mappedMemory("probe", `${probedBytes}`)],
      ...["-qmp", "stdio"],
    ];
    const stdin = ["qmp_capabilities", "quit"].map((execute) => `${JSON.stringify({ execute })}\n`).join("");
    const result = await runner.exec("qemu-system-x86_64", args, {
      ...{ cwd: folder, stdin, signal, timeoutMs: probeDeadlineMs },
    });
    return result.exitCode === 0 ? undefined : (lastLines(result.stderr, 1)[0] ?? `exit code ${result.exitCode}`);
  } catch (error) {
    signal.throwIfAborted();
    return messageOf(error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
