import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { StackhouseError } from "../../base/errors.ts";
import { isErrno, readFileIfPresent, writeFileAtomic } from "../../system/files.ts";
import { parseJson } from "../../system/json.ts";
import { vmName, type BoundForward, type VmSpec } from "../driver.ts";

// The folder of a VM is all that is known of it; every file in it is written whole.
//
//   mark            stands in the command lines of its processes; a folder of an older version has none, and its path stands for it
//   spec.json       what it shall be; written last at create: a folder without it is a half-made VM
//   base.qcow2      disk of the base image, linked
//   disk.qcow2      overlay on it
//   data-*.qcow2    its data disks; data-disks.json: what is known of all that it ever had
//   unsettled       there while the guest was not told of disks that were attached or have grown
//   kernel, initrd  of the base image, linked; boot.json: how to start them
//   image.json      what these and base.qcow2 were when they were linked; a folder of an older version has none
//   unborn          there until the VM has its identity: what runs meanwhile is nobody
//   template.qcow2  disk of the template that the overlay stands on, linked, where it began as a clone
//   taking-over     files on their way to take the place of those above, see disks/take-over.ts
//   ram, state      memory and devices of that template, linked until the clone has begun
//   memory          of a paused VM, with suspended.json, see life/pause.ts
//   identity        what the guest is told at every boot, 0600
//   forwards.json   ports of the workstation that lead into it
//   taken           the clone of the pool that the VM has become, as it was there, see pool/take.ts; gone with its process
//   process.json    the QEMU that was started, until it was stopped on purpose
//   serial.log      what the guest wrote on its console
//   qmp.sock        QEMU's monitor

const specSchema: z.ZodType<VmSpec> = z.strictObject({
  id: z.string(),
  hostname: z.string(),
  cpus: z.number(),
  memoryMiB: z.number(),
  diskGiB: z.number(),
  baseImage: z.string(),
  bakedImage: z.string().optional(),
  hostPrivateKey: z.string(),
  authorizedKeys: z.array(z.string()),
  start: z.enum(["auto", "warm", "cold"]).optional(),
  dataDisks: z
    .array(
      z.strictObject({
        name: z.string(),
        sizeGiB: z.number(),
        mountPath: z.string(),
        retainOnDelete: z.boolean().optional(),
      }),
    )
    .optional(),
  forwards: z
    .array(
      z.strictObject({
        guestPort: z.number(),
        protocol: z.enum(["tcp", "udp"]),
        hostAddress: z.string(),
        hostPort: z.number(),
      }),
    )
    .optional(),
  pool: z.number().optional(),
});

/** A forward as it is remembered: whether its port was asked for by number or chosen. */
export interface StoredForward extends BoundForward {
  readonly fixed: boolean;
}

const forwardSchema: z.ZodType<StoredForward> = z.strictObject({
  owner: z.string(),
  guestPort: z.number(),
  protocol: z.enum(["tcp", "udp"]),
  hostAddress: z.string(),
  hostPort: z.number(),
  fixed: z.boolean(),
});

/** What is known of a data disk that a VM ever had. */
export interface StoredDisk {
  readonly name: string;
  /** A process has had it: it may hold something. */
  readonly given: boolean;
  /** A guest has mounted it: it is never given a file system again. */
  readonly used: boolean;
  /** Its place on the bus, which saved memory depends on; null for one that no process has. */
  readonly place: number | null;
}

/** Older versions noted neither who had it, nor its place: that was its index. */
const disksSchema: z.ZodType<readonly StoredDisk[]> = z
  .array(
    z.strictObject({
      name: z.string(),
      given: z.boolean().optional(),
      used: z.boolean(),
      place: z.number().nullable().optional(),
    }),
  )
  .transform((disks) =>
    disks.map(({ name, used, given = used, place }, index) => ({
      name,
      given,
      used,
      place: place === undefined ? index : place,
    })),
  );

const bootSchema = z.strictObject({ kernelArguments: z.string() });
type Boot = z.infer<typeof bootSchema>;

const processSchema = z.strictObject({
  pid: z.number(),
  /** Start time in clock ticks since boot: with the pid it names one process for ever. */
  startedTicks: z.string(),
  bootId: z.string(),
  hypervisorClass: z.enum(["type-1", "type-2", "emulation"]),
  /** How it was started; a run that was killed in the middle did not say. */
  start: z
    .strictObject({
      rung: z.enum(["pool", "template", "stream", "resumed", "cold"]),
      reason: z.string(),
      tookMs: z.number(),
      stages: z
        .array(z.strictObject({ stage: z.enum(["process", "memory", "identity"]), tookMs: z.number() }))
        .readonly()
        .optional(),
    })
    .optional(),
});
export type ProcessRecord = z.infer<typeof processSchema>;

export interface VmFolder {
  readonly id: string;
  readonly path: string;
  readonly base: string;
  readonly kernel: string;
  readonly initrd: string;
  readonly serialLog: string;
  readonly pidFile: string;
  readonly processRecord: string;
  readonly identity: string;
  readonly lock: string;
  readonly agentPortLock: string;
  /** Makes it, empty but for a mark of its own. */
  make(): Promise<void>;
  /** Removes it, and what else there is of a VM that has no process any more. The lock goes with who holds it. */
  remove(): Promise<void>;
  /** Stands in the command line of a VM's process and so proves that it is the one of this folder. */
  mark(): Promise<string>;
  file(name: string): string;
  readSpec(): Promise<VmSpec | undefined>;
  writeSpec(spec: VmSpec): Promise<void>;
  isUnborn(): Promise<boolean>;
  /** Notes that the VM has its identity. */
  bear(): Promise<void>;
  /** @throws `vm.damaged` where it is gone, too: it was there before the definition, and no guest boots without. */
  readBoot(): Promise<Boot>;
  writeBoot(boot: Boot): Promise<void>;
  /** All data disks that the VM ever had, in no order. */
  readDataDisks(): Promise<readonly StoredDisk[]>;
  writeDataDisks(disks: readonly StoredDisk[]): Promise<void>;
  /** Whether its guest was not told of disks that its process has. */
  isUnsettled(): Promise<boolean>;
  noteUnsettled(): Promise<void>;
  noteSettled(): Promise<void>;
  readForwards(): Promise<readonly StoredForward[]>;
  writeForwards(forwards: readonly StoredForward[]): Promise<void>;
  /** Undefined where none is known: one that is damaged says nothing that QEMU's pid file does not say. */
  readProcess(): Promise<ProcessRecord | undefined>;
  writeProcess(record: ProcessRecord): Promise<void>;
}

/** Fails with `input.invalid` for an id that is none: it is part of paths. */
export function vmFolder(vms: string, id: string): VmFolder {
  if (!vmName.test(id)) {
    const text = `${JSON.stringify(id)} is no id for a VM: 1 to 63 of a-z, 0-9 and -, not - at an end`;
    throw new StackhouseError("input.invalid", text, { hint: "stackhouse host list shows those that there are" });
  }
  const path = join(vms, id);
  const file = (name: string): string => join(path, name);
  const agentPortLock = join(vms, `.${id}.agent-port.lock`);
  const read = async <T>(name: string, schema: z.ZodType<T>): Promise<T | undefined> => {
    const text = await readFileIfPresent(file(name));
    if (text === undefined) return undefined;
    const parsed = schema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    throw damaged({ id, path: file(name) }, parsed.error);
  };
  const write = (name: string, content: unknown): Promise<void> =>
    writeFileAtomic(file(name), `${JSON.stringify(content, undefined, 2)}\n`, 0o600);
  return {
    id,
    path,
    base: file("base.qcow2"),
    kernel: file("kernel"),
    initrd: file("initrd"),
    serialLog: file("serial.log"),
    pidFile: file("qemu.pid"),
    processRecord: file("process.json"),
    identity: file("identity"),
    // Beside the folder: destroy removes the folder while it holds the lock.
    lock: join(vms, `.${id}.lock`),
    agentPortLock,
    make: async () => {
      await mkdir(path, { recursive: true, mode: 0o700 });
      await writeFileAtomic(file("mark"), randomBytes(16).toString("hex"), 0o600);
    },
    remove: async () => {
      await rm(path, { recursive: true, force: true });
      // Of a client that was killed.
      await rm(agentPortLock, { force: true });
    },
    mark: async () => (await readFileIfPresent(file("mark"))) ?? ownerMark(path),
    file,
    readSpec: () => read("spec.json", specSchema),
    writeSpec: (spec) => write("spec.json", spec),
    isUnborn: async () => (await readFileIfPresent(file("unborn"))) !== undefined,
    bear: () => rm(file("unborn"), { force: true }),
    readBoot: async () => {
      const boot = await read("boot.json", bootSchema);
      if (boot !== undefined) return boot;
      throw new StackhouseError("vm.damaged", `${file("boot.json")} of the VM ${id} is gone, which says how it boots`, {
        hint: `stackhouse host rm ${id} removes the VM; the next up of its project makes it anew`,
      });
    },
    writeBoot: (boot) => write("boot.json", boot),
    readDataDisks: async () => (await read("data-disks.json", disksSchema)) ?? [],
    writeDataDisks: (disks) => write("data-disks.json", disks),
    isUnsettled: async () => (await readFileIfPresent(file("unsettled"))) !== undefined,
    noteUnsettled: () => writeFileAtomic(file("unsettled"), ""),
    noteSettled: () => rm(file("unsettled"), { force: true }),
    readForwards: async () => (await read("forwards.json", z.array(forwardSchema))) ?? [],
    writeForwards: (forwards) => write("forwards.json", forwards),
    readProcess: async () =>
      processSchema.safeParse(parseJson((await readFileIfPresent(file("process.json"))) ?? "")).data,
    writeProcess: (record) => write("process.json", record),
  };
}

/** Where the clone is that a VM has taken. */
export function takenBy(folder: VmFolder): VmFolder {
  return vmFolder(folder.path, "taken");
}

/** The mark of a folder that was made without one: that of its path as it was when its process began. */
export function ownerMark(path: string): string {
  return createHash("sha256").update(path).digest("hex").slice(0, 32);
}

function damaged({ id, path }: { readonly id: string; readonly path: string }, error: z.ZodError): StackhouseError {
  const details = error.issues.map((issue) => `${[...issue.path.map(String), ""].join(": ")}${issue.message}`);
  return new StackhouseError("vm.damaged", `${path} of the VM ${id} is damaged, or was written by a newer Stackhouse`, {
    details,
    hint: `put it right; or stackhouse host rm ${id} removes the VM, and keeps all its data disks`,
  });
}

/** Ids of all VMs, half-made ones too. */
export async function listVmFolders(vms: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(vms, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && vmName.test(entry.name)).map((entry) => entry.name);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}
