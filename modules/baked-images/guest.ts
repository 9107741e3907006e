import { createHash } from "node:crypto";
import { createAgentClient } from "../agent-client/client.ts";
import { sendArchives, type ArchiveFile } from "../agent-client/send-archives.ts";
import { installAgent } from "../agent-install/install.ts";
import { installedNodeBinary } from "../agent-install/node-binary.ts";
import { agentStreams } from "../agent-install/streams.ts";
import { isStackhouseError, messageOf, StackhouseError } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import { silentProgress } from "../base/progress.ts";
import { waitUntil } from "../base/wait.ts";
import type { Driver, VmSpec } from "../hypervisors/driver.ts";
import { waitForGuest } from "../hypervisors/guest.ts";
import type { BaseImage } from "../images/index.ts";
import type { HostConnection } from "../protocol/host.ts";
import { mintKeyPair } from "../ssh/keys.ts";
import { waitForSsh } from "../ssh/wait.ts";
import { cleanGuest, powerOff } from "./clean.ts";
import type { BakeCall, BakePorts } from "./ports.ts";

export interface GuestFilling {
  readonly key: string;
  readonly base: BaseImage;
  readonly diskGiB: number;
  readonly archives: readonly ArchiveFile[];
  /** Where the filled disk goes. */
  readonly path: string;
}

const installDeadlineMs = 300_000;
const loadDeadlineMs = 30 * 60_000;
const shortMs = 60_000;
const cleanupMs = 60_000;

/** Boots the base image in a VM of its own, puts the agent and the images into it, and writes its disk to `path`. */
export async function fillGuest(filling: GuestFilling, ports: BakePorts, call: BakeCall): Promise<void> {
  const { driver } = ports;
  const vmId = createHash("sha256").update(filling.key).digest("hex").slice(0, 12);
  const watched = { ...call, progress: named(call.progress) };
  try {
    const connection = await boot(vmId, filling, ports, watched);
    await fill({ vmId, connection }, filling.archives, ports, watched);
    await untilShutDown(vmId, ports, watched);
    watched.progress.status("writing the image");
    await driver.exportDisk(vmId, filling.path, watched);
  } catch (error) {
    throw isStackhouseError(error, "vm.unreachable") || isStackhouseError(error, "vm.exited")
      ? withoutVm(error)
      : error;
  } finally {
    // One that cannot be removed now is removed before the next baking; it must not hide why this one failed.
    const quiet = { signal: AbortSignal.timeout(cleanupMs), progress: silentProgress };
    await driver.destroy(vmId, quiet).catch((error: unknown) => {
      call.progress.warn(`the VM ${vmId} is left until the next baking: ${messageOf(error)}`);
    });
  }
}

/** Removes the VMs of bakings that were killed. The caller knows that no baking goes on. */
export async function removeBakingVms(driver: Driver, call: BakeCall): Promise<void> {
  for (const id of await driver.list(call)) await driver.destroy(id, call);
}

/** The VM is gone with the attempt: what an error advises to do with it does not help. */
function withoutVm({ code, message, details, cause }: StackhouseError): StackhouseError {
  return new StackhouseError(code, `the VM's image was not baked: ${message}`, {
    details,
    hint: "run it again: baking starts anew",
    cause,
  });
}

interface BakingVm {
  readonly vmId: string;
  readonly connection: HostConnection;
}

function named(progress: Progress): Progress {
  return { ...progress, status: (text) => progress.status(`baking the VM's image: ${text}`) };
}

async function boot(id: string, filling: GuestFilling, ports: BakePorts, call: BakeCall): Promise<HostConnection> {
  const host = mintKeyPair("baking");
  const client = mintKeyPair("baking");
  const spec: VmSpec = {
    id,
    hostname: "baking",
    cpus: 2,
    memoryMiB: 1024,
    diskGiB: filling.diskGiB,
    baseImage: filling.base.key,
    hostPrivateKey: host.privateKey,
    authorizedKeys: [client.publicKey],
    start: "cold",
  };
  call.progress.status("starting");
  await ports.driver.create(spec, call);
  const { forwards } = await ports.driver.start(id, call);
  const ssh = forwards.find(({ owner }) => owner === "ssh");
  if (ssh === undefined) throw new StackhouseError("internal", `the VM ${id} has no forward for SSH`);
  const { privateKey } = client;
  return { address: ssh.hostAddress, port: ssh.hostPort, user: "root", hostKey: host.publicKey, privateKey };
}

async function fill(
  { vmId, connection }: BakingVm,
  archives: readonly ArchiveFile[],
  { driver, pool, clock, bundle }: BakePorts,
  call: BakeCall,
): Promise<void> {
  using session = await waitForGuest(
    { driver, clock },
    vmId,
    (login) => waitForSsh(pool, connection, { ...login, clock }),
    call,
  );
  await installAgent({ ...call, session, bundle, node: installedNodeBinary, clock, deadlineMs: installDeadlineMs });
  using streams = agentStreams(session, clock);
  const api = createAgentClient({ open: streams.open, clock });
  await sendArchives(api, archives, { ...call, clock, deadlineMs: loadDeadlineMs, isNeeded: () => true });
  call.progress.status("taking keys and ids out");
  await cleanGuest(session, { signal: call.signal, deadlineMs: shortMs });
  await powerOff(session, { signal: call.signal, deadlineMs: shortMs });
}

/** Any other end than its own shutdown leaves a disk that is not whole. */
async function untilShutDown(vmId: string, { driver, clock }: BakePorts, call: BakeCall): Promise<void> {
  await waitUntil(
    async () => {
      const found = await driver.inspect(vmId, call);
      if (found.state !== "stopped") return { done: false, reason: `it is ${found.state}` };
      if (found.lastExit?.how === "guest-shut-down") return { done: true, value: undefined };
      throw new StackhouseError("vm.exited", found.lastExit?.reason ?? "somebody stopped the VM");
    },
    {
      ...call,
      clock,
      what: "the guest to shut down",
      deadlineMs: shortMs,
      intervalMs: 200,
      onDeadline: async (reason) =>
        new StackhouseError("image.build-failed", `the guest did not shut down: ${reason}`, {
          details: await driver.console(vmId, 12),
        }),
    },
  );
}
