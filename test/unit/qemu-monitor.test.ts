import { describe, expect, it } from "@jest/globals";
import { setTimeout as delay } from "node:timers/promises";
import { StackhouseError } from "../../modules/base/errors.ts";
import { openMonitor } from "../../modules/hypervisors/qemu/program/qmp.ts";
import { applyForwards, ForwardRefused, parseUsernet } from "../../modules/hypervisors/qemu/network/usernet.ts";
import { testFolder } from "../support/folder.ts";
import { withMonitor, type Answer } from "../support/qmp.ts";

describe("QEMU's monitor", () => {
  it("is reached in a folder whose path is too long for a socket", async () => {
    await withMonitor(
      () => ['{"return": {"status": "io-error", "running": false}}'],
      async (monitor) => expect(await monitor.status()).toBe("io-error"),
    );
  });

  it("tells answers from events that come in between", async () => {
    await withMonitor(
      () => ['{"event": "STOP", "timestamp": {"seconds": 1, "microseconds": 2}}', '{"return": 7}'],
      async (monitor) => expect(await monitor.execute("anything")).toBe(7),
    );
  });

  it("makes an error of a refusal", async () => {
    await withMonitor(
      () => ['{"error": {"class": "CommandNotFound", "desc": "The command foo has not been found"}}'],
      async (monitor) => {
        await expect(monitor.execute("foo")).rejects.toThrow("QEMU refused foo: The command foo has not been found");
      },
    );
  });

  it("says so when nobody is there, and what to do", async () => {
    await using place = await testFolder();
    await expect(openMonitor(place.path, AbortSignal.timeout(10_000))).rejects.toMatchObject({
      code: "vm.unreachable",
      hint: expect.stringContaining("stackhouse host stop"),
    });
  });

  it("gives the reason of whoever breaks a command off, and does not call it an end of QEMU", async () => {
    const user = new AbortController();
    const interrupted = new StackhouseError("cancelled", "interrupted");
    const silent: Answer = () => {
      user.abort(interrupted);
      return [];
    };
    await withMonitor(
      silent,
      async (monitor) => expect(await monitor.execute("migrate").catch((error: unknown) => error)).toBe(interrupted),
      user.signal,
    );
  });

  it("may be silent for as long as it is asked nothing, and not when it is", async () => {
    const answerMs = 1_000;
    await withMonitor(
      ({ execute }) => (execute === "stop" ? ['{"return": {}}'] : []),
      async (monitor) => {
        await delay(2 * answerMs);
        await monitor.execute("stop");
        await delay(2 * answerMs);
        await monitor.execute("stop");
        await expect(monitor.execute("cont")).rejects.toMatchObject({ code: "deadline" });
      },
      AbortSignal.timeout(20_000),
      answerMs,
    );
  });

  it("says so when QEMU ends in the middle", async () => {
    await withMonitor(
      () => undefined,
      async (monitor) => {
        await expect(monitor.execute("quit")).rejects.toMatchObject({ code: "vm.exited" });
      },
    );
  });
});

const usernet = [
  "Hub -1 (n0):",
  "  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ",
  "  TCP[ESTABLISHED]   31       127.0.0.1 36361       10.0.2.15    22     0     0",
  "  TCP[HOST_FORWARD]  13       127.0.0.1 36361       10.0.2.15    22     0     0",
  "  UDP[HOST_FORWARD]  14               *  5353       10.0.2.15    53     0     0",
  "",
].join("\r\n");

const ssh = {
  owner: "ssh",
  guestPort: 22,
  protocol: "tcp",
  hostAddress: "127.0.0.1",
  hostPort: 36361,
  fixed: false,
} as const;
const web = { ...ssh, owner: "shop", guestPort: 80, hostPort: 8080 } as const;
const admin = { ...ssh, owner: "shop", guestPort: 81, hostPort: 8081 } as const;

describe("forwards of a running VM", () => {
  it("are read from QEMU's own list", () => {
    expect(parseUsernet(usernet)).toEqual([
      { protocol: "tcp", hostAddress: "127.0.0.1", hostPort: 36361, guestPort: 22 },
      { protocol: "udp", hostAddress: "0.0.0.0", hostPort: 5353, guestPort: 53 },
    ]);
  });

  const human =
    (refused: string): Answer =>
    (command) => {
      const line = String(command.arguments?.["command-line"]);
      const text =
        line === "info usernet"
          ? usernet
          : line.includes(refused)
            ? "could not set up"
            : line.includes("remove")
              ? "host forwarding rule for x removed"
              : "";
      return [JSON.stringify({ return: text })];
    };
  const commandsOf = (said: readonly string[]): readonly string[] =>
    said.flatMap((line) => {
      const parsed = JSON.parse(line) as { arguments?: { "command-line": string } };
      return parsed.arguments?.["command-line"] ?? [];
    });

  it("become exactly those that are wanted, with no word about those that are right", async () => {
    await withMonitor(human("nothing"), async (monitor, said) => {
      await applyForwards(monitor, [ssh, web]);
      expect(commandsOf(said)).toEqual([
        "info usernet",
        "hostfwd_remove n0 udp:0.0.0.0:5353",
        "hostfwd_add n0 tcp:127.0.0.1:8080-10.0.2.15:80",
      ]);
    });
  });

  it("are put back as they were when QEMU refuses one, which this monitor says in plain text", async () => {
    await withMonitor(human("8081"), async (monitor, said) => {
      await expect(applyForwards(monitor, [ssh, web, admin])).rejects.toThrow(ForwardRefused);
      expect(commandsOf(said).slice(4)).toEqual([
        "hostfwd_remove n0 tcp:127.0.0.1:8080",
        "hostfwd_add n0 udp:0.0.0.0:5353-10.0.2.15:53",
      ]);
    });
  });
});
