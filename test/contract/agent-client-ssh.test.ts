import type { Duplex } from "node:stream";
import { describe, expect, it, jest } from "@jest/globals";
import { createAgentClient } from "../../modules/agent-client/client.ts";
import type { JobEvent } from "../../modules/protocol/jobs.ts";
import { createSshPool } from "../../modules/ssh/pool.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { fakeRuntime, shop, startTestAgent } from "../support/agent.ts";
import { endless, jobCall, openSocket, slow } from "../support/agent-client.ts";
import { startSshd } from "../support/sshd.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";

jest.setTimeout(60_000);
const call = { signal: new AbortController().signal };

describe("over SSH", () => {
  it("many requests share one connection, and a job survives its loss", async () => {
    await using agent = await startTestAgent(fakeRuntime(slow));
    await using sshd = await startSshd();
    await using proxy = await startTcpProxy(sshd.connection.port);
    await using pool = createSshPool({ clock: systemClock });
    const connection = { ...sshd.connection, port: proxy.port };
    const open = async (abort: AbortSignal): Promise<Duplex> => {
      const bounds = { signal: abort, deadlineMs: 10_000 };
      const session = await pool.connect(connection, bounds);
      const stream = await session.openUnixSocket(agent.socket, bounds);
      stream.once("close", () => session[Symbol.dispose]());
      return stream;
    };
    const client = createAgentClient({ open, clock: systemClock, reconnectMs: 5_000 });
    await Promise.all(Array.from({ length: 20 }, () => client.info(call)));
    expect(proxy.accepted).toBe(1);
    const events: JobEvent[] = [];
    const onEvent = (event: JobEvent): void => {
      events.push(event);
      if (events.length === 4) proxy.cut();
    };
    expect(await client.apply(shop(), jobCall({ onEvent }))).toMatchObject({ name: "shop" });
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(proxy.accepted).toBe(2);
  });

  it("a job ends as out of reach where its host is that, before it or in the middle of it", async () => {
    await using agent = await startTestAgent(fakeRuntime(endless));
    await using sshd = await startSshd();
    await using proxy = await startTcpProxy(sshd.connection.port);
    await using pool = createSshPool({ clock: systemClock, keepaliveMs: 50 });
    const connection = { ...sshd.connection, port: proxy.port };
    const open = async (abort: AbortSignal): Promise<Duplex> => {
      const session = await pool.connect(connection, { signal: abort, deadlineMs: 1_000 });
      const stream = await session.openUnixSocket(agent.socket, { signal: abort, deadlineMs: 10_000 });
      stream.once("close", () => session[Symbol.dispose]());
      return stream;
    };
    const client = createAgentClient({ open, clock: systemClock, reconnectMs: 500 });
    const outOfReach = {
      code: "ssh.unreachable",
      message: expect.stringMatching(/^shop: cannot reach .*: no SSH banner within 1 s$/u),
    };
    const onEvent = ({ seq }: JobEvent): void => {
      if (seq === 2) proxy.freeze();
    };
    await expect(client.apply(shop(), jobCall({ onEvent }))).rejects.toMatchObject({
      ...outOfReach,
      hint: expect.stringContaining("the job goes on without us"),
    });
    await expect(client.remove("shop", [], jobCall())).rejects.toMatchObject({
      ...outOfReach,
      hint: expect.not.stringContaining("the job"),
    });
  });

  it("looks for a lost agent no longer than until it is known that its host is gone", async () => {
    await using agent = await startTestAgent(fakeRuntime(endless));
    const streams = new Set<Duplex>();
    const open = async (abort: AbortSignal): Promise<Duplex> => {
      const stream = await openSocket(agent.socket)(abort);
      streams.add(stream);
      return stream;
    };
    const client = createAgentClient({ open, clock: systemClock, reconnectMs: 60_000 });
    const onEvent = (): void => streams.forEach((stream) => stream.destroy());
    const whyLost = (): Promise<string> => Promise.resolve("the VM box stopped");
    await expect(client.apply(shop(), jobCall({ onEvent, whyLost }))).rejects.toMatchObject({
      code: "agent.unreachable",
      message: "shop: the VM box stopped",
    });
  });
});
