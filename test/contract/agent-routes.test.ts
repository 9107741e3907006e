import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "@jest/globals";
import { createAgentClient } from "../../modules/agent-client/client.ts";
import type { AgentClient } from "../../modules/agent-client/types.ts";
import { createAgentRoutes, type AgentRoutes, type AgentRoutesOptions } from "../../modules/agent-routes/routes.ts";
import { StackhouseError } from "../../modules/base/errors.ts";
import type { VmSpec } from "../../modules/hypervisors/driver.ts";
import { agentPaths } from "../../modules/protocol/api.ts";
import type { HostConnection } from "../../modules/protocol/host.ts";
import { mintKeyPair } from "../../modules/ssh/keys.ts";
import { createSshPool } from "../../modules/ssh/pool.ts";
import { systemClock as clock } from "../../modules/system/clock.ts";
import { fakeRuntime, startTestAgent, type TestAgent } from "../support/agent.ts";
import { listening, portOf } from "../support/listening.ts";

const call = { signal: new AbortController().signal };
const { privateKey: hostPrivateKey, publicKey: hostKey } = mintKeyPair("house");
const connection = { address: "192.0.2.1", port: 22, user: "root", hostKey, vmId: "house" };
const spec: VmSpec = {
  id: "house",
  hostname: "house",
  cpus: 1,
  memoryMiB: 512,
  diskGiB: 1,
  baseImage: "none",
  hostPrivateKey,
  authorizedKeys: [],
};

/** Ways to an agent that is behind the port of one VM; nobody answers over SSH. */
function world(
  agent: TestAgent,
  ports: { opened: Socket[]; leadsNowhere?: boolean },
  failing: Partial<AgentRoutesOptions["driver"]> = {},
): AgentRoutes {
  return createAgentRoutes({
    clock,
    connectMs: 1_000,
    pool: {
      connect: () => Promise.reject(new StackhouseError("ssh.unreachable", "nobody answers over SSH")),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
    driver: {
      inspect: () =>
        Promise.resolve({ state: "running", spec, pid: 1, hypervisorClass: "emulation" as const, forwards: [] }),
      async openAgentPort() {
        if (ports.leadsNowhere === true) return undefined;
        const socket = connect(join(dirname(agent.socket), agentPaths.streams));
        await once(socket, "connect");
        ports.opened.push(socket);
        return socket;
      },
      ...failing,
    },
  });
}

/** A workstation without VMs. */
const noVms: AgentRoutesOptions["driver"] = {
  inspect: () => Promise.resolve({ state: "absent" }),
  openAgentPort: () => Promise.resolve(undefined),
};
const impatient = { ...call, deadlineMs: 100 };

const clientOf = (routes: AgentRoutes, vm: HostConnection = connection): AgentClient =>
  createAgentClient({ ...routes.to(vm), clock, reconnectMs: 0 });

describe("the way to the agent of a local VM", () => {
  it("is one connection through its port for all that ask at the same time", async () => {
    const opened: Socket[] = [];
    await using agent = await startTestAgent(fakeRuntime());
    await using routes = world(agent, { opened });
    const infos = await Promise.all([1, 2, 3].map(() => clientOf(routes).info(call)));
    expect(infos.map(({ version }) => version)).toEqual(["1.2.3", "1.2.3", "1.2.3"]);
    expect(opened).toHaveLength(1);
  });

  it("is opened again when it was lost", async () => {
    const opened: Socket[] = [];
    await using agent = await startTestAgent(fakeRuntime());
    await using routes = world(agent, { opened });
    await clientOf(routes).info(call);
    const [first] = opened;
    first?.destroy();
    if (first?.closed === false) await once(first, "close");
    expect(await clientOf(routes).info(call)).toMatchObject({ version: "1.2.3" });
    expect(opened).toHaveLength(2);
  });

  it("is SSH where the port leads nowhere, and where the host is no VM of this workstation", async () => {
    await using agent = await startTestAgent(fakeRuntime());
    await using routes = world(agent, { opened: [], leadsNowhere: true });
    await expect(clientOf(routes).info(call)).rejects.toMatchObject({ code: "ssh.unreachable" });
    const { address, port, user } = connection;
    await using other = world(agent, { opened: [] });
    const client = createAgentClient({ ...other.to({ address, port, user, hostKey }), clock });
    await expect(client.info(call)).rejects.toMatchObject({ code: "ssh.unreachable" });
  });

  it.each<[string, Partial<AgentRoutesOptions["driver"]>]>([
    ["the VM cannot be looked at", { inspect: () => Promise.reject(new Error("its records are damaged")) }],
    ["its port cannot be opened", { openAgentPort: () => Promise.reject(new Error("too many open files")) }],
  ])("is SSH where %s", async (_what, failing) => {
    await using agent = await startTestAgent(fakeRuntime());
    await using routes = world(agent, { opened: [] }, failing);
    await expect(clientOf(routes).info(call)).rejects.toMatchObject({ code: "ssh.unreachable" });
  });

  it("is SSH for archives of images, which are too much for the port, and the port for all else", async () => {
    const opened: Socket[] = [];
    await using agent = await startTestAgent(fakeRuntime());
    await using routes = world(agent, { opened });
    const client = clientOf(routes);
    const archive = { digest: "0".repeat(64), open: () => Readable.from(["tar"]) };
    await expect(client.loadImages(archive, call)).rejects.toMatchObject({ code: "ssh.unreachable" });
    expect(opened).toEqual([]);
    expect(await client.images([], call)).toEqual({});
    expect(opened).toHaveLength(1);
  });

  it("is SSH where the VM of that id has another host key than the pinned one", async () => {
    const opened: Socket[] = [];
    await using agent = await startTestAgent(fakeRuntime());
    await using routes = world(agent, { opened });
    const another = { ...connection, hostKey: mintKeyPair("another").publicKey };
    await expect(clientOf(routes, another).info(call)).rejects.toMatchObject({ code: "ssh.unreachable" });
    expect(opened).toEqual([]);
  });
});

describe("a host that takes connections and is silent", () => {
  it.each([
    ["what it is", (client: AgentClient) => client.info(impatient)],
    ["how an app is", (client: AgentClient) => client.status("shop", impatient)],
  ])("is out of reach, however soon one wants to know %s", async (_, ask) => {
    const server = createServer();
    await using _server = await listening(server);
    await using pool = createSshPool({ clock });
    await using routes = createAgentRoutes({ pool, driver: noVms, clock, connectMs: 500 });
    const { privateKey } = mintKeyPair();
    const silent = { address: "127.0.0.1", port: portOf(server), user: "root", hostKey, privateKey };
    await expect(ask(clientOf(routes, silent))).rejects.toMatchObject({
      code: "ssh.unreachable",
      message: expect.stringContaining("no SSH banner within"),
    });
  });
});
