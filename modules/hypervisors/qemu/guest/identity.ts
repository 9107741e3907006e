import { createHash, randomBytes } from "node:crypto";
import { readFileIfPresent, writeFileAtomic } from "../../../system/files.ts";
import type { VmSpec } from "../../driver.ts";
import { identityDocument, identityOf, type GuestIdentity, type GuestNetwork } from "../../identity.ts";
import { guestDisks } from "../disks/data-disks.ts";
import type { VmFolder } from "../folder.ts";

/** Where the guest finds its identity: QEMU's firmware configuration device shows a file of ours to the guest's root. */
export const identityName = "opt/dev.stackhouse/identity";

/** QEMU's user-mode network, as it always is. Source: QEMU, docs/system/devices/net.rst. */
export const userNetwork: GuestNetwork = { address: "10.0.2.15/24", gateway: "10.0.2.2", nameserver: "10.0.2.3" };

const seedBytes = 256;

/** Writes what the guest is told at boot, readable for this user only. All but the seed is the same at every boot. */
export async function writeIdentity(folder: VmFolder, spec: VmSpec): Promise<void> {
  const start = randomBytes(8).toString("hex");
  await writeFileAtomic(folder.identity, await freshDocument(folder, spec, { start }), 0o600);
}

/** Names the start of the VM's process: a word of the document that it was given. */
export async function startOf(folder: VmFolder): Promise<string> {
  return /^start (\w+)$/mu.exec((await readFileIfPresent(folder.identity)) ?? "")?.[1] ?? "unknown";
}

/** The identity of a VM as it is told at a boot, or to a clone together with the `time`: its clock stood since the template was saved. */
export async function freshDocument(
  folder: VmFolder,
  spec: VmSpec,
  now: Pick<GuestIdentity, "start" | "time">,
): Promise<string> {
  const dataDisks = await guestDisks(folder, spec);
  const fresh = { machineId: machineIdOf(spec), network: userNetwork, dataDisks, seed: randomBytes(seedBytes) };
  return identityDocument(identityOf(spec, { ...fresh, ...now }));
}

/** Follows from the host key: as unique as it, and the same for the life of the VM. */
function machineIdOf(spec: VmSpec): string {
  return createHash("sha256").update(`machine-id\0${spec.hostPrivateKey}`).digest("hex").slice(0, 32);
}
