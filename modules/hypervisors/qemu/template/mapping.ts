import { writeFile } from "node:fs/promises";
import type { TemplateMemory } from "../../../images/index.ts";
import type { DriverCall } from "../../driver.ts";
import { mappedMemory } from "../machine/argv.ts";
import { lastLines } from "../program/lines.ts";
import { inTrial, trialArguments } from "../program/trial.ts";
import type { QemuPorts } from "../ports.ts";
import { exhaustion } from "../program/resources.ts";

/** It maps a file, and ends: a tenth of a second on an idle machine. */
const probeDeadlineMs = 20_000;
const probedBytes = 2 * 1024 ** 2;

/**
 * Why QEMU cannot take a file for a VM's memory here, in its own words, found by trying; undefined where it can, and where the trial
 * itself fails: that says nothing of it.
 */
export async function mappingRefusal(ports: QemuPorts, call: DriverCall): Promise<string | undefined> {
  try {
    return await inTrial(ports, call, async (folder) => {
      await writeFile(folder.file("ram"), Buffer.alloc(probedBytes));
      const args = [
        ...(await trialArguments(folder)),
        ...["-machine", "none", "-object", mappedMemory("probe", `${probedBytes}`), "-qmp", "stdio"],
      ];
      const stdin = ["qmp_capabilities", "quit"].map((execute) => `${JSON.stringify({ execute })}\n`).join("");
      const result = await ports.runner.exec("qemu-system-x86_64", args, {
        ...{ cwd: folder.path, stdin, signal: call.signal, timeoutMs: probeDeadlineMs },
      });
      if (result.exitCode === 0 || exhaustion(result.stderr) !== undefined) return undefined;
      return lastLines(result.stderr, 1)[0];
    });
  } catch {
    call.signal.throwIfAborted();
    return undefined;
  }
}

/** How clones get their memory, and, where that is not the best way, why as the end of a sentence. */
export interface MemoryWay {
  readonly memory: TemplateMemory;
  readonly because: string;
  /** Why QEMU cannot do it that way here, where it cannot: tried when it is asked for, and once. */
  readonly refusal: () => Promise<string | undefined>;
}

/** Does something with memory that is mapped; where that fails because QEMU cannot map here, with memory that is read. */
export async function mappedOrStreamed<T>(
  attempt: (way: MemoryWay) => Promise<T>,
  ports: QemuPorts,
  call: DriverCall,
): Promise<T> {
  let tried: Promise<string | undefined> | undefined;
  const refusal = (): Promise<string | undefined> => (tried ??= mappingRefusal(ports, call));
  try {
    return await attempt({ memory: "mapped", because: "", refusal });
  } catch (error) {
    call.signal.throwIfAborted();
    const reason = await refusal();
    if (reason === undefined) throw error;
    const because = `, which reads its memory because QEMU cannot map it: ${reason}`;
    return await attempt({ memory: "streamed", because, refusal: () => Promise.resolve(undefined) });
  }
}
