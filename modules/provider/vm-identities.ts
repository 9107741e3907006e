import { rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { readFileIfPresent, writeFileAtomic } from "../system/files.ts";
import type { Home } from "../system/home.ts";
import type { VmIdentities } from "./ports.ts";

const identitySchema = z.strictObject({ owner: z.string(), hostPrivateKey: z.string(), privateKey: z.string() });

/** Identities as files that only their user can read, one a VM. */
export function fileVmIdentities({ state }: Home): VmIdentities {
  const pathOf = (vmId: string): string => join(state.root, "vm-identities", `${vmId}.json`);
  return {
    async read(vmId) {
      const text = await readFileIfPresent(pathOf(vmId));
      return text === undefined ? undefined : identitySchema.parse(JSON.parse(text));
    },
    async write(vmId, identity) {
      await writeFileAtomic(pathOf(vmId), JSON.stringify(identity), 0o600);
    },
    async remove(vmId) {
      await rm(pathOf(vmId), { force: true });
    },
  };
}
