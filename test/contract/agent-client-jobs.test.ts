import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import type { JobEvent } from "../../modules/protocol/jobs.ts";
import { fakeRuntime, shop, startTestAgent } from "../support/agent.ts";
import { jobCall, slow, ways } from "../support/agent-client.ts";
import { startUnixRelay } from "../support/unix-relay.ts";

jest.setTimeout(60_000);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "agent-client-"));
});
afterEach(() => rm(directory, { recursive: true }));

describe.each(ways)("over $name", (way) => {
  describe("a job", () => {
    it("tells each event once and in order", async () => {
      await using agent = await startTestAgent(fakeRuntime());
      const events: JobEvent[] = [];
      await way.clientOf(way.socketOf(agent)).apply(shop(), jobCall({ onEvent: (event) => events.push(event) }));
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      expect([events[0]?.type, events.at(-1)?.type]).toEqual(["planned", "succeeded"]);
    });

    it("fails with the agent's problem and its evidence", async () => {
      const health = { state: "unhealthy", output: "no answer on port 80" } as const;
      await using agent = await startTestAgent(fakeRuntime({ services: { db: { health } } }));
      await expect(way.clientOf(way.socketOf(agent)).apply(shop(), jobCall())).rejects.toMatchObject({
        code: "app.unhealthy",
        details: expect.arrayContaining([expect.stringContaining("no answer on port 80")]),
      });
    });

    const whenStarted = (act: () => void) => {
      const events: JobEvent[] = [];
      const onEvent = (event: JobEvent): void => {
        events.push(event);
        if (event.type === "step-started" && events.filter(({ type }) => type === event.type).length === 3) act();
      };
      return { events, onEvent };
    };

    it("is followed on through a cut in the middle of its events, and none is missed", async () => {
      await using agent = await startTestAgent(fakeRuntime(slow));
      await using relay = await startUnixRelay(join(directory, "relay.sock"), way.socketOf(agent));
      const { events, onEvent } = whenStarted(() => {
        relay.close();
        setTimeout(() => relay.open(), 300);
      });
      const status = await way.clientOf(relay.path).apply(shop(), jobCall({ onEvent }));
      expect(status.services["web"]).toMatchObject({ state: "running" });
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    });

    it("is followed on through a cut in the middle of a long step, of which there is nothing to tell", async () => {
      const health = { state: "healthy", afterMs: 4_000 } as const;
      await using agent = await startTestAgent(fakeRuntime({ services: { db: { health } } }));
      await using relay = await startUnixRelay(join(directory, "relay.sock"), way.socketOf(agent));
      const { onEvent } = whenStarted(() => {
        setTimeout(() => {
          relay.close();
          setTimeout(() => relay.open(), 200);
        }, 3_000);
      });
      const status = await way.clientOf(relay.path, 2_000).apply(shop(), jobCall({ onEvent }));
      expect(status.services["web"]).toMatchObject({ state: "running" });
    });

    it("is followed on through a restart of the agent, which takes it up again", async () => {
      await using agent = await startTestAgent(fakeRuntime(slow));
      const { onEvent } = whenStarted(() => void agent.stop().then(() => agent.start()));
      const status = await way.clientOf(way.socketOf(agent)).apply(shop(), jobCall({ onEvent }));
      expect(status.services["web"]).toMatchObject({ state: "running" });
    });

    it("is not lost when the cut comes before the agent has answered", async () => {
      await using agent = await startTestAgent(fakeRuntime());
      await using relay = await startUnixRelay(join(directory, "relay.sock"), way.socketOf(agent));
      relay.close();
      setTimeout(() => relay.open(), 300);
      expect(await way.clientOf(relay.path).apply(shop(), jobCall())).toMatchObject({ name: "shop" });
    });

    it("is given up when the agent does not come back", async () => {
      await using agent = await startTestAgent(fakeRuntime(slow));
      await using relay = await startUnixRelay(join(directory, "relay.sock"), way.socketOf(agent));
      const { onEvent } = whenStarted(() => relay.close());
      await expect(way.clientOf(relay.path, 400).apply(shop(), jobCall({ onEvent }))).rejects.toMatchObject({
        code: "agent.unreachable",
        message: "shop: the host agent did not come back within 0 s",
      });
    });

    it("is cancelled on the host when the caller aborts", async () => {
      const health = { state: "healthy", afterMs: 4_000 } as const;
      await using agent = await startTestAgent(fakeRuntime({ services: { db: { health } } }));
      const abort = new AbortController();
      const { onEvent } = whenStarted(() => abort.abort(new Error("stopped by the user")));
      const client = way.clientOf(way.socketOf(agent));
      await expect(client.apply(shop(), jobCall({ onEvent, signal: abort.signal }))).rejects.toThrow(
        "stopped by the user",
      );
      // The app is free again: the next job does not wait for the first.
      await client.remove("shop", [], jobCall({ deadlineMs: 5_000 }));
    });

    it("ends at its deadline, with what it waited for", async () => {
      const health = { state: "healthy", afterMs: 30_000 } as const;
      await using agent = await startTestAgent(fakeRuntime({ services: { db: { health } } }));
      await expect(
        way.clientOf(way.socketOf(agent)).apply(shop(), jobCall({ deadlineMs: 3_000 })),
      ).rejects.toMatchObject({
        code: "app.unhealthy",
      });
    });
  });
});
