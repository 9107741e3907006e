import type { ExistingHostArgs } from "../../index.ts";
import { mintKeyPair } from "../../modules/ssh/keys.ts";

/** A machine that exists, with what it must be told. */
export const existingHost = {
  address: "203.0.113.7",
  hostKey: mintKeyPair().publicKey,
  privateKey: mintKeyPair().privateKey,
} as const satisfies ExistingHostArgs;

export type WorkstationFiles = Required<Pick<ExistingHostArgs, "privateKeyFile" | "sudoPasswordFile">>;

/** A change of each argument that `docs/hosts.md` lists, of that machine. */
export function existingHostChanges({
  privateKeyFile,
  sudoPasswordFile,
}: WorkstationFiles): Readonly<Record<string, Partial<ExistingHostArgs>>> {
  return {
    address: { address: "203.0.113.8" },
    port: { port: 2222 },
    user: { user: "deploy" },
    sudoPassword: { sudoPassword: "let me in" },
    sudoPasswordFile: { sudoPasswordFile },
    hostKey: { hostKey: mintKeyPair().publicKey },
    privateKey: { privateKey: mintKeyPair().privateKey },
    privateKeyFile: { privateKey: undefined, privateKeyFile },
    jump: { jump: { address: "203.0.113.9", hostKey: mintKeyPair().publicKey } },
    allowPublic: { allowPublic: [5432] },
  } satisfies Readonly<Record<keyof ExistingHostArgs, Partial<ExistingHostArgs>>>;
}
