import type { DataDisk } from "./data-disks.ts";
import type { VmSpec } from "./driver.ts";

/** Where the guest is on its network. */
export interface GuestNetwork {
  /** With prefix length: `10.0.2.15/24`. */
  readonly address: string;
  readonly gateway: string;
  readonly nameserver: string;
}

/** A data disk as its guest is told of it. */
export interface GuestDisk extends DataDisk {
  /** No guest has had it yet: it may be given a file system. Whatever else holds none that is known is damaged. */
  readonly isNew: boolean;
}

export interface GuestIdentity {
  readonly hostname: string;
  /** 32 hexadecimal digits, machine-id(5). */
  readonly machineId: string;
  readonly network: GuestNetwork;
  /** OpenSSH private key text. A secret. */
  readonly hostPrivateKey: string;
  readonly authorizedKeys: readonly string[];
  /** Names the start of the hypervisor: a guest that reboots by itself reads what it has read before. */
  readonly start: string;
  readonly dataDisks: readonly GuestDisk[];
  /** Fresh at every boot. */
  readonly seed: Uint8Array;
  /** What the guest's clock is set to, milliseconds since 1970. Default: it is left as it is. */
  readonly time?: number;
}

/** What a VM tells its guest about itself, of what its definition says. */
export function identityOf(
  spec: VmSpec,
  fresh: Pick<GuestIdentity, "machineId" | "network" | "start" | "dataDisks" | "seed" | "time">,
): GuestIdentity {
  const { hostname, hostPrivateKey, authorizedKeys } = spec;
  return { hostname, hostPrivateKey, authorizedKeys, ...fresh };
}

/**
 * The identity document, which `templates/guest/rootfs/opt/stackhouse/lib/Stackhouse/Identity.pm` reads in the guest: a word and a
 * value a line, so that it can come over any stream; the last line is `end`, so that a document that was cut off is known as such.
 */
export function identityDocument(identity: GuestIdentity): string {
  return documentOf("stackhouse-identity", identity, [
    ...linesOf(identity.hostPrivateKey).map((line) => `ssh-host-key ${line}`),
    ...identity.authorizedKeys.flatMap(linesOf).map((line) => `authorized-key ${line}`),
    `start ${identity.start}`,
    ...identity.dataDisks.map(dataDiskLine),
  ]);
}

/** What a guest is told that is to be a template: its network, and no key. */
export function templateDocument(guest: Anybody): string {
  return documentOf("stackhouse-template", guest, []);
}

/** What a guest is told of itself when its hypervisor starts, that is to become any VM: nothing but its network. */
export function memberDocument({ network, seed }: Pick<GuestIdentity, "network" | "seed">): string {
  const lines = ["stackhouse-member 1", `seed ${hex(seed)}`, ...networkLines(network), "end"];
  return `${lines.join("\n")}\n`;
}

/** Disks of a guest that has its identity. */
export interface GuestDisks {
  /** See `GuestIdentity`. */
  readonly start: string;
  readonly diskGiB: number;
  readonly dataDisks: readonly GuestDisk[];
}

/** What a guest is told when its disks have changed: how large they are, and what data disks it has. */
export function disksDocument({ start, diskGiB, dataDisks }: GuestDisks): string {
  const lines = ["stackhouse-disks 1", `start ${start}`, `disk-gib ${diskGiB}`, ...dataDisks.map(dataDiskLine), "end"];
  return `${lines.join("\n")}\n`;
}

function dataDiskLine({ name, sizeGiB, mountPath, isNew }: GuestDisk): string {
  return `data-disk ${name} ${sizeGiB} ${mountPath} ${isNew ? "new" : "used"}`;
}

type Anybody = Omit<GuestIdentity, "hostPrivateKey" | "authorizedKeys" | "start" | "dataDisks">;

function documentOf(
  kind: "stackhouse-identity" | "stackhouse-template",
  guest: Anybody,
  keys: readonly string[],
): string {
  const { network, time } = guest;
  const lines = [
    `${kind} 1`,
    `seed ${hex(guest.seed)}`,
    ...(time === undefined ? [] : [`time ${(time / 1000).toFixed(3)}`]),
    `hostname ${guest.hostname}`,
    `machine-id ${guest.machineId}`,
    ...networkLines(network),
    ...keys,
    "end",
  ];
  return `${lines.join("\n")}\n`;
}

function networkLines({ address, gateway, nameserver }: GuestNetwork): readonly string[] {
  return [`address ${address}`, `gateway ${gateway}`, `nameserver ${nameserver}`];
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== "");
}
