import { StackhouseError } from "../../base/errors.ts";
import { silentProgress } from "../../base/progress.ts";
import { removeRetained, retainedDisks, type OutlivingDisk } from "../../hypervisors/qemu/index.ts";
import { systemRunner } from "../../system/exec.ts";
import type { CommandContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { bytesText, dataDiskLines, dataDisksJson, nameOfDataDisk } from "../render/clean.ts";
import { canAsk, confirm } from "../terminal/confirm.ts";

/** Removes data disks that have outlived their VMs: their data is nowhere else, so each goes by its name alone. */
export async function removeDataDisks(
  context: CommandContext,
  names: readonly string[],
  { yes = false }: { readonly yes?: boolean },
): Promise<number> {
  const { clock, home, style } = context;
  const disks = named(names, await retainedDisks(home));
  if (context.json) {
    context.printJson({ dataDisks: dataDisksJson(disks, yes ? await remove(context, disks) : []) });
    return exitCodes.ok;
  }
  context.print(...dataDiskLines(disks, clock.now(), style), "");
  if (!yes && !canAsk(context)) {
    const options = disks.map((disk) => `--data-disk ${nameOfDataDisk(disk)}`).join(" ");
    context.print(style.commands(`Next: stackhouse clean ${options} --yes removes what is on them for good`));
    return exitCodes.ok;
  }
  if (!yes && !(await confirm(context, "Remove what is on them for good?"))) {
    context.print("Nothing was done.");
    return exitCodes.cancelled;
  }
  const removed = await remove(context, disks);
  const freed = removed.reduce((sum, { bytes }) => sum + bytes, 0);
  context.print(`Removed ${removed.map(nameOfDataDisk).join(", ")}: ${bytesText(freed)} are free again.`);
  return exitCodes.ok;
}

function named(names: readonly string[], disks: readonly OutlivingDisk[]): readonly OutlivingDisk[] {
  const found = new Map(disks.map((disk) => [nameOfDataDisk(disk), disk]));
  return [...new Set(names)].map((name) => {
    const disk = found.get(name);
    if (disk !== undefined) return disk;
    const left = found.size === 0 ? "there is none at all" : `there is: ${[...found.keys()].join(", ")}`;
    if (!name.includes("/"))
      throw new StackhouseError("input.invalid", `${JSON.stringify(name)} names no data disk: that is VM/DISK`, {
        hint: left,
      });
    throw new StackhouseError("input.invalid", `no VM that is gone has left a data disk ${name}`, { hint: left });
  });
}

async function remove(
  { home, clock, interrupts: { signal } }: CommandContext,
  disks: readonly OutlivingDisk[],
): Promise<readonly OutlivingDisk[]> {
  const ports = { home, clock, runner: systemRunner };
  for (const disk of disks) await removeRetained(disk, ports, { signal, progress: silentProgress });
  return disks;
}
