import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { LogLine } from "../../../modules/protocol/api.ts";
import {
  call,
  kindOf,
  removeApp,
  signal,
  startProgram,
  untilContainer,
  watchEvents,
  type RuntimeWorld,
} from "./world.ts";

/** Events, logs and commands: what comes back over time. */
export function streamContract(world: () => RuntimeWorld): void {
  let count = 0;
  let app: string;
  beforeEach(() => {
    app = `streams${(count += 1)}`;
  });
  afterEach(() => removeApp(world(), app));

  describe("events", () => {
    it("tell the life of a container", async () => {
      const events = await watchEvents(world());
      const containerId = await startProgram(world(), app, "healthy");
      await events.until((event) => event.kind === "health");
      await world().runtime.stopContainer(containerId, 5_000, call);
      await world().runtime.removeContainer(containerId, call);
      await events.until((event) => event.kind === "removed");
      await events.stop();
      const life = { app, service: "healthy", containerId };
      expect(events.seen).toEqual([
        { kind: "listening" },
        { kind: "started", ...life },
        { kind: "health", ...life },
        { kind: "died", ...life },
        { kind: "removed", ...life },
      ]);
    });

    it("of somebody else's containers are not told", async () => {
      const events = await watchEvents(world());
      await world().foreign.container(`theirs-${app}`);
      const containerId = await startProgram(world(), app, "sleeper");
      await events.until((event) => event.kind === "started");
      await events.stop();
      expect(events.seen).toEqual([{ kind: "listening" }, { kind: "started", app, service: "sleeper", containerId }]);
    });

    it("end when the signal aborts", async () => {
      const events = await watchEvents(world());
      await expect(events.stop()).resolves.toBeUndefined();
    });
  });

  describe("logs", () => {
    const read = async (id: string, query: Parameters<RuntimeWorld["runtime"]["logs"]>[1]) => {
      const lines: Omit<LogLine, "service" | "container">[] = [];
      for await (const line of world().runtime.logs(id, query, signal)) lines.push(line);
      return lines;
    };
    const all = [
      { stream: "stdout", line: "first" },
      { stream: "stderr", line: "second" },
      { stream: "stdout", line: "third" },
    ];

    it("have their stream and their time", async () => {
      const before = Date.now();
      const id = await startProgram(world(), app, "printer");
      await untilContainer(world(), app, (container) => container.state === "exited");
      const lines = await read(id, { follow: false });
      expect(lines.map(({ stream, line }) => ({ stream, line }))).toEqual(all);
      for (const { at } of lines) {
        expect(Date.parse(at)).toBeGreaterThanOrEqual(before - 1);
        expect(Date.parse(at)).toBeLessThanOrEqual(Date.now());
      }
    });

    it("are followed until the container ends", async () => {
      const id = await startProgram(world(), app, "printer");
      const lines = await read(id, { follow: true });
      expect(lines.map(({ line }) => line)).toEqual(["first", "second", "third"]);
    });

    it("are cut to the last ones", async () => {
      const id = await startProgram(world(), app, "printer");
      await untilContainer(world(), app, (container) => container.state === "exited");
      expect((await read(id, { follow: false, tail: 2 })).map(({ line }) => line)).toEqual(["second", "third"]);
      expect(await read(id, { follow: false, tail: 0 })).toEqual([]);
    });

    it("begin at a time", async () => {
      const id = await startProgram(world(), app, "printer");
      await untilContainer(world(), app, (container) => container.state === "exited");
      const [first] = await read(id, { follow: false });
      expect(await read(id, { follow: false, since: first!.at })).toHaveLength(3);
      expect(await read(id, { follow: false, since: new Date(Date.now() + 60_000).toISOString() })).toEqual([]);
    });

    it("that are followed end when the signal aborts", async () => {
      const id = await startProgram(world(), app, "sleeper");
      const following = new AbortController();
      const lines = world().runtime.logs(id, { follow: true }, following.signal);
      const next = lines[Symbol.asyncIterator]().next();
      following.abort();
      expect(await next).toEqual({ done: true, value: undefined });
    });

    it("of a container that is not there are not found", async () => {
      expect(await kindOf(read("no-such-container", { follow: false }))).toBe("not-found");
    });
  });

  describe("exec", () => {
    const run = (id: string, command: string[], fields: object = {}) =>
      world().runtime.exec(id, { service: "sleeper", command, tty: false, env: {}, ...fields }, signal);

    it("gives output, error output and exit code", async () => {
      const id = await startProgram(world(), app, "sleeper");
      const session = await run(id, ["sh", "-c", "echo out; echo err >&2; exit 7"]);
      session.stdin.end();
      expect(await Promise.all([text(session.stdout), text(session.stderr), session.exited])).toEqual([
        "out\n",
        "err\n",
        7,
      ]);
    });

    it("takes input to its end", async () => {
      const id = await startProgram(world(), app, "sleeper");
      const session = await run(id, ["sh", "-c", "tr a-z A-Z"]);
      session.stdin.end("quiet words");
      expect(await text(session.stdout)).toBe("QUIET WORDS");
      expect(await session.exited).toBe(0);
    });

    it("runs with the environment and the folder that were asked for", async () => {
      const id = await startProgram(world(), app, "sleeper");
      const session = await run(id, ["sh", "-c", 'echo "$GREETING from $PWD"'], {
        env: { GREETING: "hello" },
        workingDir: "/tmp",
      });
      session.stdin.end();
      expect(await text(session.stdout)).toBe("hello from /tmp\n");
    });

    it("needs a container that runs", async () => {
      const id = await startProgram(world(), app, "sleeper");
      await world().runtime.stopContainer(id, 0, call);
      expect(await kindOf(run(id, ["true"]))).toBe("conflict");
      await world().runtime.removeContainer(id, call);
      expect(await kindOf(run(id, ["true"]))).toBe("not-found");
    });
  });
}
