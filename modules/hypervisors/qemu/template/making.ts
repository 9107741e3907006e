import { templateKind } from "../../../images/index.ts";
import type { CacheKind } from "../../../system/cache.ts";
import { namesIn } from "../../../system/files.ts";
import type { Home } from "../../../system/home.ts";
import { vmName } from "../../driver.ts";
import { listVmFolders, vmFolder } from "../folder.ts";
import type { QemuPorts } from "../ports.ts";
import { discard } from "../program/end.ts";
import { makingFolder } from "../program/trial.ts";

/** Names of what is there, and of trials of which a run that was killed has left only the lock: nobody takes that name again. */
export async function namesInMaking(home: Home): Promise<readonly string[]> {
  const locked = (await namesIn(home.cache.templates)).flatMap((name) => lockOfTrial.exec(name)?.[1] ?? []);
  return [...new Set([...(await listVmFolders(makingFolder(home))), ...locked])];
}

const lockOfTrial = /^(trial-[0-9a-f]{16})\.lock$/u;

/** Those VMs as a part of the cache: it tells what runs are at work with, and what killed ones have left. */
export function makingKind(ports: QemuPorts): CacheKind {
  const folder = makingFolder(ports.home);
  return {
    what: "unfinished VM template",
    folder,
    isEntry: (name) => vmName.test(name),
    lockOf: templateKind(ports.home).lockOf,
    ofRuns: true,
    end: (name, call) => discard(vmFolder(folder, name), ports, call),
  };
}
