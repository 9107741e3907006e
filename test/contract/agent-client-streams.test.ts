import { createServer } from "node:http2";
import { duplexPair } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it, jest } from "@jest/globals";
import { multiplex } from "../../modules/agent-client/multiplexed.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { fakeRuntime, shop, startTestAgent } from "../support/agent.ts";
import { jobCall, ways } from "../support/agent-client.ts";

jest.setTimeout(60_000);
const signal = new AbortController().signal;

describe.each(ways)("over $name", (way) => {
  describe("log lines", () => {
    const prints = [
      { stream: "stdout", line: "ready" },
      { stream: "stderr", line: "żółć" },
    ] as const;

    it("come in order and end", async () => {
      await using agent = await startTestAgent(fakeRuntime({ services: { web: { prints } } }));
      const client = way.clientOf(way.socketOf(agent));
      await client.apply(shop(), jobCall());
      const lines: string[] = [];
      for await (const { service, line } of client.logs("shop", { services: ["web"], follow: false }, signal)) {
        lines.push(`${service}: ${line}`);
      }
      expect(lines).toEqual(["web: ready", "web: żółć"]);
    });

    it("are followed until the reader has enough", async () => {
      await using agent = await startTestAgent(fakeRuntime({ services: { web: { prints } } }));
      const client = way.clientOf(way.socketOf(agent));
      await client.apply(shop(), jobCall());
      for await (const { line } of client.logs("shop", { services: [], follow: true }, signal)) {
        if (line === "ready") break;
      }
    });

    it("are followed until the signal aborts", async () => {
      await using agent = await startTestAgent(fakeRuntime({ services: { web: { prints } } }));
      const client = way.clientOf(way.socketOf(agent));
      await client.apply(shop(), jobCall());
      const abort = new AbortController();
      const read = async (): Promise<void> => {
        for await (const { line } of client.logs("shop", { services: [], follow: true }, abort.signal)) {
          if (line === "ready") abort.abort(new Error("enough"));
        }
      };
      await expect(read()).rejects.toThrow("enough");
    });

    it("of an app that is not there are an error", async () => {
      await using agent = await startTestAgent(fakeRuntime());
      const logs = way.clientOf(way.socketOf(agent)).logs("nothing", { services: [], follow: false }, signal);
      await expect(logs[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "app.not-found" });
    });
  });

  describe("a command in a container", () => {
    const exec = ({ command, input }: { command: readonly string[]; input: string }) => ({
      exitCode: 3,
      stdout: `${command.join(" ")}: ${input.length}`,
      stderr: "warning",
    });
    const request = { service: "web", command: ["count", "it"], tty: false, env: {} };

    it("gets stdin, gives both outputs and its exit code", async () => {
      await using agent = await startTestAgent(fakeRuntime({ services: { web: { exec } } }));
      const client = way.clientOf(way.socketOf(agent));
      await client.apply(shop(), jobCall());
      const running = await client.exec("shop", request, signal);
      running.resize(100, 30);
      running.stdin.end("x".repeat(3_000_000));
      const [stdout, stderr, code] = await Promise.all([text(running.stdout), text(running.stderr), running.exited]);
      expect({ stdout, stderr, code }).toEqual({ stdout: "count it: 3000000", stderr: "warning", code: 3 });
    });

    it("cannot run where no container is", async () => {
      await using agent = await startTestAgent(fakeRuntime());
      const client = way.clientOf(way.socketOf(agent));
      await client.apply(shop(), jobCall());
      const running = await client.exec("shop", { ...request, service: "cache" }, signal);
      await expect(running.exited).rejects.toMatchObject({
        code: "app.not-found",
        message: "shop has no container of cache",
      });
    });

    it("ends with the reason of an abort", async () => {
      await using agent = await startTestAgent(fakeRuntime({ services: { web: { exec } } }));
      const client = way.clientOf(way.socketOf(agent));
      await client.apply(shop(), jobCall());
      const abort = new AbortController();
      const running = await client.exec("shop", request, abort.signal);
      abort.abort(new Error("stopped by the user"));
      await expect(running.exited).rejects.toThrow("stopped by the user");
    });
  });
});

it("a shared connection takes megabytes ahead of who reads them: a host may be far away", async () => {
  const [client, host] = duplexPair();
  const server = createServer();
  const bytes = Buffer.alloc(3 << 20);
  const sent = new Promise<void>((resolve) => {
    server.once("stream", (stream) => {
      stream.respond({ ":status": 200 });
      stream.write(bytes, () => resolve());
    });
  });
  server.emit("connection", host);
  using port = multiplex(client, systemClock);
  const unread = await port.open(signal);
  await sent;
  unread.on("error", () => undefined).destroy(); // It is broken off.
});
