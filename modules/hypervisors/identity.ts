import type { VmSpec } from "./driver.ts";

/** Where the guest is on its network. */
export interface GuestNetwork {
  /** With prefix length: `10.0.2.15/24`. */
  readonly address: string;
  readonly gateway: string;
  readonly nameserver: string;
}

export interface GuestIdentity {
  readonly hostname: string;
  /** 32 hexadecimal digits, machine-id(5). */
  readonly machineId: string;
  readonly network: GuestNetwork;
  /** OpenSSH private key text. A secret. */
  readonly hostPrivateKey: string;
  readonly authorizedKeys: readonly string[];
  /** Fresh at every boot. */
  readonly seed: Uint8Array;
}

/** What a VM tells its guest about itself, of what its definition says. */
export function identityOf(
  spec: VmSpec,
  fresh: { readonly machineId: string; readonly network: GuestNetwork; readonly seed: Uint8Array },
): GuestIdentity {
  const { hostname, hostPrivateKey, authorizedKeys } = spec;
  return { hostname, hostPrivateKey, authorizedKeys, ...fresh };
}

/**
 * The identity document, which `templates/guest/rootfs/opt/stackhouse/lib/personalise` reads in the guest: a word and a value a
 * line, so that a shell reads it from any stream; the last line is `end`, so that a document that was cut off is known as such.
 */
export function identityDocument(identity: GuestIdentity): string {
  const { network } = identity;
  const lines = [
    "stackhouse-identity 1",
    `seed ${Buffer.from(identity.seed).toString("base64")}`,
    `hostname ${identity.hostname}`,
    `machine-id ${identity.machineId}`,
    `address ${network.address}`,
    `gateway ${network.gateway}`,
    `nameserver ${network.nameserver}`,
    ...linesOf(identity.hostPrivateKey).map((line) => `ssh-host-key ${line}`),
    ...identity.authorizedKeys.flatMap(linesOf).map((line) => `authorized-key ${line}`),
    "end",
  ];
  return `${lines.join("\n")}\n`;
}

function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== "");
}
