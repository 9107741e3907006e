import { connect } from "node:net";
import { basename } from "node:path";
import { createAgentClient } from "../../../modules/agent-client/client.ts";
import type { AgentClient } from "../../../modules/agent-client/types.ts";
import type { AgentInfo } from "../../../modules/protocol/api.ts";
import type { HostConnection } from "../../../modules/protocol/host.ts";
import { StackhouseError } from "../../../modules/base/errors.ts";
import type { VmIdentity } from "../../../modules/provider/ports.ts";
import { Reach } from "../../../modules/provider/resources/reach.ts";
import type { VmInputs } from "../../../modules/provider/resources/schema.ts";
import type { ProviderPorts } from "../../../modules/provider/stackhouse.ts";
import { systemClock } from "../../../modules/system/clock.ts";
import type { FakeRuntime } from "../../../host-agent/runtime/fake/runtime.ts";
import { endFakeRuntime, fakeRuntime, startTestAgent, type TestAgent } from "../agent.ts";
import type { VmKind } from "../../../modules/hypervisors/driver.ts";
import { createFakeDriver, type FakeDriver } from "./fake-driver.ts";

/**
 * A workstation and one host for the provider: the VM, SSH and the installation are in memory, the agent is the real one on a
 * runtime in memory. Everything can be looked at and disturbed.
 */
export interface TestWorld extends AsyncDisposable {
  readonly ports: ProviderPorts;
  readonly driver: FakeDriver;
  readonly runtime: FakeRuntime;
  readonly agent: TestAgent;
  readonly identities: Map<string, VmIdentity>;
  /** Base images that VMs can be made from. */
  readonly images: Set<string>;
  /** Digest of the bundle that this build carries. */
  bundle: { version: string; bundleDigest: string };
  /** Digest of the bundle that the host runs; undefined: none. */
  installed: string | undefined;
  /** Why no host lets anybody in now; undefined: they do. */
  dialError: StackhouseError | undefined;
  /** Addresses at which nobody answers. */
  readonly silent: Set<string>;
  /** Addresses at which another machine answers. */
  readonly strangers: Set<string>;
  /** Login keys that nobody is let in with. */
  readonly refused: Set<string>;
  /** Whether a machine runs at an address. Default: local VMs do while their driver says so, and all others. */
  runs: (connection: HostConnection) => boolean | Promise<boolean>;
  /** Kinds of VMs of which pools are to be filled when the run is over. */
  readonly filled: VmKind[];
  /** Addresses that were dialled, in order. */
  readonly dialled: string[];
  /** Machines of clouds that were dialled, by id, in order. One agent answers for all of them. */
  readonly machines: string[];
  /** What the next wait for SSH does. Default: lets in. */
  ssh: (signal: AbortSignal) => Promise<void>;
  /** `install`, `remove`, `plan`…: what was asked of the host, in order. */
  readonly calls: string[];
}

export async function startWorld(): Promise<TestWorld> {
  const runtime = fakeRuntime({}, ["web:1", "web:2", "api:1", "db:1"]);
  const agent = await startTestAgent(runtime);
  const driver = createFakeDriver();
  const identities = new Map<string, VmIdentity>();
  const calls: string[] = [];

  const info = (bundleDigest: string): AgentInfo => ({
    version: world.bundle.version,
    bundleDigest,
    slot: "a",
    confirmed: true,
    protocol: { major: 1, minor: 0 },
    runtime: { kind: "fake", version: "1" },
    facts: { architecture: "x86_64", cpus: 2, memoryBytes: 2 ** 31, os: "Test 1", kernel: "1" },
    residentMemoryBytes: 1,
    startedAt: "2026-01-01T00:00:00Z",
    instance: "6f1c2d3e-0000-4000-8000-000000000001",
  });
  /** A machine that does not run refuses connections. */
  const dial = async (connection: HostConnection): Promise<void> => {
    world.dialled.push(connection.address);
    if (connection.machineId !== undefined) world.machines.push(connection.machineId);
    if (world.dialError !== undefined) throw world.dialError;
    if (world.silent.has(connection.address))
      throw new StackhouseError("ssh.unreachable", `${connection.address} is silent`);
    if (world.strangers.has(connection.address))
      throw new StackhouseError("ssh.host-key-mismatch", `${connection.address} shows another host key`);
    if (world.refused.has(connection.privateKey ?? ""))
      throw new StackhouseError("ssh.auth-failed", `${connection.address} does not accept the key`);
    if (await world.runs(connection)) return;
    throw new StackhouseError("ssh.unreachable", `${connection.address}:${connection.port} does not answer`);
  };
  /** As the real one, it dials with the first stream. */
  const clientOf = (connection: HostConnection): AgentClient =>
    createAgentClient({
      clock: systemClock,
      open: async () => {
        await dial(connection);
        if (world.installed === undefined) throw new StackhouseError("agent.unreachable", "no agent answers");
        return connect(agent.socket);
      },
      reconnectMs: 0,
    });

  const world: TestWorld = {
    driver,
    runtime,
    agent,
    identities,
    images: new Set(["image-1", "image-2"]),
    calls,
    bundle: { version: "0.1.0", bundleDigest: "b1" },
    installed: undefined,
    dialError: undefined,
    runs({ address, port }) {
      const vm = [...driver.vms.values()].find(({ forwards }) =>
        forwards.some(({ owner, hostPort }) => owner === "ssh" && hostPort === port),
      );
      return address !== "127.0.0.1" || vm?.state === "running";
    },
    silent: new Set(),
    strangers: new Set(),
    refused: new Set(),
    dialled: [],
    machines: [],
    filled: [],
    ssh: async () => undefined,
    ports: {
      deleteUnreachable: false,
      reach: new Reach(),
      driver,
      clock: systemClock,
      images: {
        current: async () => "image-1",
        problemWith: async (key) =>
          world.images.has(key)
            ? undefined
            : { reason: `the base image ${key} is not in the cache`, hint: "leave it out" },
        ensure: async (key) => {
          calls.push(`ensure ${key}`);
        },
        bake: async (key, { archives }) => {
          calls.push(`bake ${key} with ${archives.map((path) => basename(path)).join(", ")}`);
          return `${key}-baked`;
        },
      },
      identities: {
        read: async (vmId) => identities.get(vmId),
        write: async (vmId, identity) => {
          identities.set(vmId, identity);
        },
        remove: async (vmId) => {
          identities.delete(vmId);
        },
      },
      fillPoolLater: async (kind) => void world.filled.push(kind),
      waitForSsh: async (_connection, call) => {
        call.progress.status("waiting for ssh 1 s");
        await world.ssh(call.signal);
      },
      installer: {
        bundle: async () => world.bundle,
        async install(connection, call) {
          await dial(connection);
          call.onConnected();
          if (world.installed === undefined) call.onBare();
          calls.push("install");
          world.installed = world.bundle.bundleDigest;
          return info(world.installed);
        },
        async find(connection) {
          await dial(connection);
          return world.installed === undefined ? undefined : info(world.installed);
        },
        async remove(connection) {
          await dial(connection);
          const apps = new Set([...runtime.world.containers.values()].flatMap(({ spec }) => spec?.app ?? []));
          if (apps.size > 0) return { kind: "stays", apps: [...apps] };
          calls.push("uninstall");
          const kind = world.installed === undefined ? "removed-unasked" : "removed";
          world.installed = undefined;
          return { kind };
        },
      },
      openAgent: (connection, _call, use) => use(clientOf(connection)),
    },
    async [Symbol.asyncDispose]() {
      endFakeRuntime(runtime);
      await agent[Symbol.asyncDispose]();
    },
  };
  driver.onDestroyed = () => {
    world.installed = undefined;
    endFakeRuntime(runtime);
    for (const held of [runtime.world.containers, runtime.world.networks, runtime.world.volumes]) held.clear();
  };
  return world;
}

/** The inputs of a VM that the fake driver makes. */
export const smallVm: VmInputs = {
  vmId: "box",
  hostname: "box",
  cpus: 1,
  memoryMiB: 1024,
  diskGiB: 8,
  baseImage: "image-1",
  authorizedKeys: [],
  preload: [],
  start: "auto",
};
