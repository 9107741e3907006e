import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { writeFileAtomic } from "../../system/files.ts";
import type { VmSpec } from "../driver.ts";

/** Where the guest finds its identity: QEMU's firmware configuration device shows these files to its root. */
export const firmwareFolder = "opt/dev.stackhouse";

/** The parts of an identity, as the guest's first program reads them. */
export const identityParts = ["hostname", "hosts", "machine-id", "host-key", "authorized-keys", "seed"] as const;
type IdentityPart = (typeof identityParts)[number];

/** Writes what the guest is told at boot. All but the seed is the same at every boot. */
export async function writeIdentity(folder: string, spec: VmSpec): Promise<void> {
  const parts: Record<IdentityPart, string | Uint8Array> = {
    hostname: `${spec.hostname}\n`,
    hosts: `127.0.0.1 localhost\n127.0.1.1 ${spec.hostname}\n::1 localhost ip6-localhost ip6-loopback\n`,
    "machine-id": `${machineId(spec)}\n`,
    "host-key": spec.hostPrivateKey.endsWith("\n") ? spec.hostPrivateKey : `${spec.hostPrivateKey}\n`,
    "authorized-keys": `${spec.authorizedKeys.join("\n")}\n`,
    seed: randomBytes(256),
  };
  for (const part of identityParts) await writeFileAtomic(join(folder, part), parts[part], 0o600);
}

/** Follows from the host key: as unique as it, and the same for the life of the VM. */
function machineId(spec: VmSpec): string {
  return createHash("sha256").update(`machine-id\0${spec.hostPrivateKey}`).digest("hex").slice(0, 32);
}
