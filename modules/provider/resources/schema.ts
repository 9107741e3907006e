import * as z from "zod";
import { leastVmDiskGiB, mostVmDiskGiB } from "../../base/vm-disk.ts";
import { problemWith } from "../../hypervisors/data-disks.ts";
import { largestPool, mostCpus, vmName } from "../../hypervisors/driver.ts";
import { problemWithForwards } from "../../hypervisors/forwards.ts";
import { appStatusSchema, desiredAppSchema, serviceStatusSchema } from "../../protocol/app.ts";
import { hostConnectionSchema, hostFactsSchema } from "../../protocol/host.ts";

/** As many of something as a VM can have. */
function whole(least: number, most: number, what: string): z.ZodNumber {
  const range = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `${least} to ${most}`;
  const error = ({ input }: { readonly input?: unknown }): string =>
    `a VM has ${range} ${what}, a whole number, not ${JSON.stringify(input)}`;
  return z.number({ error }).int({ error }).min(least, { error }).max(most, { error });
}

const forwardsSchema = z
  .array(
    z.strictObject({
      guestPort: z.number(),
      protocol: z.enum(["tcp", "udp"]),
      hostAddress: z.string(),
      /** 0: a free one is chosen, and kept while the VM lives. */
      hostPort: z.number(),
    }),
  )
  .min(1);

/** `stackhouse:index:Vm`: a local VM. */
export const vmInputsSchema = z.strictObject({
  /** Id of the VM on the workstation. Change: replace. */
  vmId: z.string().regex(vmName),
  /** Default: `vmId`. */
  hostname: z.string().regex(vmName),
  /** Change: update with restart. */
  cpus: whole(1, mostCpus, "processors"),
  /** Change: update with restart. */
  memoryMiB: whole(512, Number.MAX_SAFE_INTEGER, "MiB of memory"),
  /** Growth: update, online; shrinking: replace. */
  diskGiB: whole(leastVmDiskGiB, mostVmDiskGiB, "GiB of disk"),
  /**
   * Key of the base image. Where the program gives none, `check` takes the one in state, else today's: a newer Stackhouse
   * does not replace a VM by surprise. Change: replace.
   */
  baseImage: z.string(),
  /** Further `authorized_keys` lines for people, besides the program's own key. Change: replace. */
  authorizedKeys: z.array(z.string()),
  /**
   * Image archives on the workstation that are on the VM's disk, with the agent, before it boots for the first time. Change:
   * nothing, for the disk has been made.
   */
  preload: z.array(z.string()),
  /** How it begins: as the clone of a booted template, or by booting. Change: nothing, for it has begun. */
  start: z.enum(["auto", "warm", "cold"]),
  /**
   * Further disks, by name; absent where there is none. A new one and growth: update, online. One that is no longer named, or mounted
   * elsewhere: update with restart; its data stays with the VM. Shrinking is refused. They go with the VM, in a replacement too, but for
   * those with `retainOnDelete`.
   */
  dataDisks: z
    .array(
      z.strictObject({
        name: z.string(),
        sizeGiB: z.number(),
        mountPath: z.string(),
        retainOnDelete: z.boolean().optional(),
      }),
    )
    .min(1)
    .superRefine((disks, context) => {
      const message = problemWith(disks);
      if (message !== undefined) context.addIssue({ code: "custom", message });
    })
    .optional(),
  /** Ports of the workstation that lead into it; absent where none do. Change: update, at once, and the VM goes on. */
  forwards: forwardsSchema
    .superRefine((forwards, context) => {
      const message = problemWithForwards(forwards);
      if (message !== undefined) context.addIssue({ code: "custom", message });
    })
    .optional(),
  /** Clones of its kind that wait for the next VM; absent where none do. Change: update, and the VM stays as it is. */
  pool: whole(1, largestPool, "clones that wait").optional(),
});
export type VmInputs = z.infer<typeof vmInputsSchema>;

export const vmOutputsSchema = vmInputsSchema.extend({
  /** With the ports that were chosen. */
  forwards: forwardsSchema.optional(),
  state: z.enum(["running", "stopped"]),
  connection: hostConnectionSchema.required({ privateKey: true, vmId: true }),
  /** Fingerprint of the host key: the host's identity. */
  hostId: z.string(),
  /** OpenSSH private host key of the guest, minted at create. A secret, like `connection.privateKey`. */
  hostPrivateKey: z.string(),
  hypervisorClass: z.enum(["type-1", "type-2", "emulation"]),
  /** How it was started last; absent while it does not run. */
  startup: z
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
export type VmOutputs = z.infer<typeof vmOutputsSchema>;

/** `stackhouse:index:Agent`: the host agent on a host. */
export const agentInputsSchema = z.strictObject({
  /** Stable identity of the host: its host key's fingerprint. Change: replace. */
  hostId: z.string(),
  /** Change of address, port or key: update. */
  connection: hostConnectionSchema,
  /** The local VM that the host is, where it is one: an agent goes with its VM. */
  vmId: z.string().optional(),
  /** Disk that holds the named volumes of apps, by a name that does not change. Change: update. */
  volumeDevice: z.string().startsWith("/dev/").optional(),
  /** Sizes of the disks of a machine that the program makes: that of the system, and `volumeDevice`. Change: update, which grows the file systems. */
  rootGiB: z.number().int().optional(),
  volumeGiB: z.number().int().optional(),
  /** Set by `check`, like `bundleDigest`: what this build of Stackhouse carries. */
  version: z.string(),
  /** SHA-256 of the bundle in hexadecimal. Change: update (A/B). */
  bundleDigest: z.string(),
});
export type AgentInputs = z.infer<typeof agentInputsSchema>;

export const agentOutputsSchema = agentInputsSchema.extend({
  slot: z.enum(["a", "b"]),
  runtime: z.strictObject({ kind: z.string(), version: z.string() }),
  /** As the host itself sees them. The hypervisor's class is known only outside. */
  facts: hostFactsSchema.omit({ hypervisorClass: true }),
});
export type AgentOutputs = z.infer<typeof agentOutputsSchema>;

/** `stackhouse:index:Identity`: the keys of a machine that is about to be made in a cloud. */
export const identityInputsSchema = z.strictObject({});

/** Made once and kept: what a machine boots with never changes, so no newer Stackhouse replaces it. */
export const identityOutputsSchema = identityInputsSchema.extend({
  /** Fingerprint of the host key: the host's identity. */
  hostId: z.string(),
  /** The host key's public half, as in `known_hosts`. */
  hostKey: z.string(),
  /** Public half of the key that opens the machine. */
  publicKey: z.string(),
  /** OpenSSH private key that opens the machine. A secret. */
  privateKey: z.string(),
  /** The cloud-init user data, with the private host key in it. A secret. */
  userData: z.string(),
});

/**
 * `stackhouse:index:Pin`: a value that was looked up once. It stays as it was found, whatever is found later, until the question
 * is another one.
 */
export const pinInputsSchema = z.strictObject({
  /** What was asked. Change: update, to the value found now. */
  question: z.string(),
  /** What was found, empty: nothing; `check` puts the pinned one in its place while the question is the same. */
  value: z.string(),
  /** What to do where nothing was found: the end of a sentence. Change: nothing. */
  hint: z.string(),
  /** Set by `check`: what was found for other questions before, the newest one last; absent where there was none. */
  earlier: z.array(z.strictObject({ question: z.string(), value: z.string() })).optional(),
});
export type PinInputs = z.infer<typeof pinInputsSchema>;

/** A value that stays while something lives that depends on it. */
export const keptSchema = z.strictObject({
  value: z.string(),
  /** The one value that may not be left. Default: any. */
  leaving: z.string().optional(),
  /** Why, and what to do instead: the end of a sentence. */
  reason: z.string(),
});

/** A value whose change does something that a person should know before it is done. */
export const toldSchema = z.strictObject({
  value: z.string(),
  /** What the value may be given without a change, and gives up by one. */
  lasting: z.string().optional(),
  /** What has it: of another thing it is no change. Default: what has it stays the same. */
  about: z.string().optional(),
  /** What the change does: a sentence. */
  message: z.string(),
});

/** A value that comes from the world, and must be one of some. */
export const needSchema = z.strictObject({
  /** What it was needed for when it was made. While that stays the same it is there already, and does not need the value any more. */
  about: z.string().optional(),
  /** What that may be given while it is there, and gives up by being made anew. */
  lasting: z.string().optional(),
  value: z.string(),
  allowed: z.array(z.string()),
  /** What a person is told who has another one: a sentence. */
  reason: z.string(),
});

/** `stackhouse:index:Allowed`: what the world must say, and what must stay. Change: refused, a warning, or nothing. */
export const allowedInputsSchema = z.strictObject({
  /** That it comes after what it is about, so what it notes is there. Default: it comes before. Change: nothing. */
  made: z.boolean().optional(),
  /** By what they are. */
  needs: z.record(z.string(), needSchema),
  /** Values that stay while what depends on them lives, by what they are. */
  keeps: z.record(z.string(), keptSchema).optional(),
  /** Values whose change is told, by what they are. */
  tells: z.record(z.string(), toldSchema).optional(),
});

/** How people reach what an app publishes on its host. */
export const exposureSchema = z.discriminatedUnion("via", [
  /** At the host's own address. */
  z.strictObject({ via: z.literal("host") }),
  /** Through port forwards of a local VM, on the workstation. */
  z.strictObject({ via: z.literal("local-vm"), vmId: z.string() }),
]);

/**
 * `stackhouse:index:App`: an app on a host. The program gives the source (files or inline object, variables); `check` loads
 * it and adds `name` and `fingerprints`. Of stack files state holds only these. The rest of the source is there as given:
 * `inline` and `variables` in plain text where the program does not mark them, `secrets` and `registries` encrypted.
 */
export const appInputsSchema = z.strictObject({
  hostId: z.string(),
  connection: hostConnectionSchema,
  exposure: exposureSchema,
  /** Folder that relative paths in stack files start from. Default: the folder of the first file. */
  projectDirectory: z.string().optional(),
  /** Stack files in merge order: absolute, or relative to the program's folder. Exactly one of `files` and `inline`. */
  files: z.array(z.string()).optional(),
  inline: z.record(z.string(), z.unknown()).optional(),
  envFiles: z.array(z.string()).optional(),
  profiles: z.array(z.string()),
  /** Values for `${NAME}` in the stack file. Values may be unknown in preview. */
  variables: z.record(z.string(), z.string()),
  /** Like `variables`, and secret; also what `secrets: { x: { environment: NAME } }` reads. */
  secrets: z.record(z.string(), z.string()),
  registries: desiredAppSchema.shape.registries,
  /** Image archives on the workstation, loaded on the host where an image of the app is missing there. */
  imageArchives: z.array(z.string()),
  /** Keys of named volumes whose data goes with the app on delete. */
  deleteVolumes: z.array(z.string()),
  /** The app's name: given, or set by `check` from the stack file. Change: replace. */
  name: z.string(),
  /** Set by `check`: fingerprint by service. Change: update. */
  fingerprints: z.record(z.string(), z.string()),
  /** Set by `check`: digest of the whole model. It also changes where no container does, as with `depends_on`. Change: update. */
  modelDigest: z.string(),
  /** Set by `check`: SHA-256 in hexadecimal of each image archive. Change: update. */
  archives: z.array(z.string()),
});
export type AppInputs = z.infer<typeof appInputsSchema>;

/** Outputs repeat nothing secret: `registries`, `secrets` and values that may come from one stay among the inputs. */
export const appOutputsSchema = appInputsSchema
  .pick({ hostId: true, exposure: true, name: true, fingerprints: true, modelDigest: true })
  .extend({
    connection: hostConnectionSchema,
    release: z.string(),
    services: z.record(
      z.string(),
      serviceStatusSchema.pick({ state: true }).extend({
        imageDigest: z.string(),
        /** As reached by people: the workstation's forwards for a local VM. */
        ports: z.array(
          z.strictObject({
            address: z.string(),
            port: z.number().int(),
            target: z.number().int(),
            protocol: z.enum(["tcp", "udp"]),
          }),
        ),
        /** `http://ADDRESS:PORT` of the first published TCP port, empty where none is. */
        url: z.string(),
      }),
    ),
    networks: appStatusSchema.shape.networks,
    volumes: appStatusSchema.shape.volumes,
  });
export type AppOutputs = z.infer<typeof appOutputsSchema>;
