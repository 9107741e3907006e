import { resolve } from "node:path";
import { StackhouseError } from "../../base/errors.ts";
import type { BuiltinSettings, HostSettings } from "../../builtin-program/settings.ts";
import { machineFlags, type HostOptions, type MachineOptions } from "../commands/options.ts";
import { shellWord } from "../shell-word.ts";

/**
 * What the built-in program is told this time: the options that were given, over what it was told last time, over the
 * defaults. Another kind of host starts afresh.
 *
 * @throws `input.invalid` for options that do not fit together
 */
export function mergeSettings(
  files: readonly string[],
  given: { readonly options: HostOptions & { readonly name?: string }; readonly directory: string },
  last: BuiltinSettings | undefined,
): BuiltinSettings {
  const { options, directory } = given;
  const kind = options.host ?? last?.host.kind ?? impliedKind(options);
  const archives = options.imageArchive?.map((path) => resolve(directory, path));
  return {
    files: [...files],
    ...(options.name === undefined ? {} : { givenName: options.name }),
    host: kind === "local" ? localHost(options, last?.host) : sshHost(absolute(options, directory), last?.host),
    imageArchives: archives ?? last?.imageArchives ?? [],
  };
}

/** The options that hold although this command line does not give them: an earlier `up` was told so. */
export function rememberedOptions({ host, imageArchives }: BuiltinSettings, given: HostOptions): readonly string[] {
  const values: Partial<Record<keyof HostOptions, string | number | readonly number[] | undefined>> =
    host.kind === "local" ? { cpus: host.cpus, memory: host.memoryMiB, disk: host.diskGiB } : { ...optionsOf(host) };
  const named = Object.entries({ ...sshOnly, ...localOnly }).flatMap(([key, flag]) => {
    const value = values[key as keyof HostOptions] ?? [];
    if (given[key as keyof HostOptions] !== undefined) return [];
    return [value].flat().map((one) => `${flag} ${shellWord(String(one))}`);
  });
  const archives = given.imageArchive === undefined ? imageArchives : [];
  return [...named, ...archives.map((path) => `--image-archive ${path}`)];
}

function impliedKind(options: HostOptions): "local" | "ssh" {
  return options.address === undefined ? "local" : "ssh";
}

/** Options that say something of a machine that exists, and nothing of a local VM. */
export const sshOnly = {
  ...machineFlags,
  allowPublic: "--allow-public",
} as const;
/** Of a local VM, and nothing of a machine that exists. */
export const localOnly = { cpus: "--cpus", memory: "--memory", disk: "--disk" } as const;

function localHost(options: HostOptions, last: HostSettings | undefined): HostSettings {
  refuse(options, sshOnly, "a VM on this machine (--host local)");
  const before = last?.kind === "local" ? last : undefined;
  return withoutUndefined({
    kind: "local",
    cpus: options.cpus ?? before?.cpus,
    memoryMiB: options.memory ?? before?.memoryMiB,
    diskGiB: options.disk ?? before?.diskGiB,
  });
}

function sshHost(options: HostOptions, last: HostSettings | undefined): HostSettings {
  refuse(options, localOnly, "a machine that exists (--host ssh)");
  const before = last?.kind === "ssh" ? last : undefined;
  const address = options.address ?? before?.address;
  const hostKey = options.hostKey ?? before?.hostKey;
  if (address === undefined) {
    throw new StackhouseError("input.invalid", "--host ssh needs the address of the machine", {
      hint: "stackhouse up --host ssh --address ADDRESS --host-key 'ssh-ed25519 AAAA…'",
    });
  }
  if (hostKey === undefined) {
    throw new StackhouseError("input.invalid", `the host key of ${address} is not known, and no other one is trusted`, {
      hint: "give it with --host-key; on the machine itself: cat /etc/ssh/ssh_host_ed25519_key.pub",
    });
  }
  return withoutUndefined({
    kind: "ssh",
    address,
    hostKey,
    port: options.port ?? before?.port,
    user: options.user ?? before?.user,
    identityFile: fileOrNone(options.identity ?? before?.identityFile),
    sudoPasswordFile: fileOrNone(options.sudoPasswordFile ?? before?.sudoPasswordFile),
    jump: jumpHost(options, before?.jump),
    allowPublic: options.allowPublic === undefined ? before?.allowPublic : [...options.allowPublic],
  });
}

type JumpSettings = NonNullable<Extract<HostSettings, { kind: "ssh" }>["jump"]>;

/** The flags of the jump host but for its address. */
const ofJump = ["jumpUser", "jumpPort", "jumpIdentity", "jumpHostKey"] as const satisfies (keyof MachineOptions)[];

/**
 * The jump host of a machine; an empty address is none any more. The file of its key is as it was given.
 *
 * @throws `input.invalid` where too little is known of it
 */
export function jumpHost(options: MachineOptions, before?: JumpSettings): JumpSettings | undefined {
  const address = options.jumpAddress ?? before?.address ?? "";
  if (address === "") {
    const lost = ofJump.filter((key) => options[key] !== undefined).map((key) => machineFlags[key]);
    if (lost.length === 0) return undefined;
    throw new StackhouseError("input.invalid", `${lost.join(", ")} needs a jump host`, {
      hint: "say which one with --jump-address, or leave them out",
    });
  }
  const hostKey = options.jumpHostKey ?? before?.hostKey;
  if (hostKey === undefined) {
    throw new StackhouseError(
      "input.invalid",
      `the host key of the jump host ${address} is not known, and no other one is trusted`,
      { hint: "give it with --jump-host-key; on the jump host itself: cat /etc/ssh/ssh_host_ed25519_key.pub" },
    );
  }
  return withoutUndefined({
    address,
    hostKey,
    port: options.jumpPort ?? before?.port,
    user: options.jumpUser ?? before?.user,
    identityFile: fileOrNone(options.jumpIdentity ?? before?.identityFile),
  });
}

function optionsOf({ identityFile, jump, ...same }: Extract<HostSettings, { kind: "ssh" }>) {
  return {
    ...same,
    identity: identityFile,
    jumpAddress: jump?.address,
    jumpUser: jump?.user,
    jumpPort: jump?.port,
    jumpIdentity: jump?.identityFile,
    jumpHostKey: jump?.hostKey,
  };
}

/** An empty one is none any more. */
function fileOrNone(path: string | undefined): string | undefined {
  return path === "" ? undefined : path;
}

/** With the files that the options name found from the folder of the command. */
function absolute(options: HostOptions, directory: string): HostOptions {
  const found = machineFiles.flatMap((key) => {
    const path = options[key] ?? "";
    return path === "" ? [] : [[key, resolve(directory, path)] as const];
  });
  return { ...options, ...Object.fromEntries(found) };
}

const machineFiles = ["identity", "jumpIdentity", "sudoPasswordFile"] as const satisfies (keyof MachineOptions)[];

function refuse(options: HostOptions, names: Readonly<Partial<Record<keyof HostOptions, string>>>, host: string): void {
  const wrong = Object.entries(names).filter(([key]) => options[key as keyof HostOptions] !== undefined);
  if (wrong.length === 0) return;
  throw new StackhouseError("input.invalid", `${wrong.map(([, name]) => name).join(", ")} does not fit ${host}`, {
    hint: "see stackhouse up --help",
  });
}

type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Defined<T>;
}
