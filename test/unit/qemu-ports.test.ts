import { describe, expect, it } from "@jest/globals";
import { once } from "node:events";
import { createServer } from "node:net";
import type { StoredForward } from "../../modules/hypervisors/qemu/folder.ts";
import { choosePorts, tryBind, type PortChoice } from "../../modules/hypervisors/qemu/network/host-ports.ts";

const open: StoredForward = {
  owner: "shop",
  guestPort: 80,
  protocol: "tcp",
  hostAddress: "127.0.0.1",
  hostPort: 0,
  fixed: false,
};
const nothing: PortChoice = { before: [], held: [], others: [] };

async function unusedPort(): Promise<number> {
  return (await tryBind(open, 0)) ?? 0;
}

async function whileTaken(use: (port: number) => Promise<void>): Promise<void> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  try {
    await use(typeof address === "object" && address !== null ? address.port : 0);
  } finally {
    server.close();
  }
}

describe("ports of the workstation", () => {
  it("are chosen free and each only once", async () => {
    const wanted = Array.from({ length: 20 }, (_, index) => ({ ...open, guestPort: 8000 + index }));
    const ports = (await choosePorts(wanted, nothing)).map(({ hostPort }) => hostPort);
    expect(new Set(ports).size).toBe(20);
    expect(Math.min(...ports)).toBeGreaterThan(0);
  });

  it("stay as they were chosen before", async () => {
    const hostPort = await unusedPort();
    const [chosen] = await choosePorts([open], { ...nothing, before: [{ ...open, hostPort }] });
    expect(chosen?.hostPort).toBe(hostPort);
  });

  it("stay as they are while the VM itself has them open", async () => {
    await whileTaken(async (hostPort) => {
      const held = [{ ...open, hostPort }];
      expect(await choosePorts([open], { ...nothing, before: held, held })).toEqual(held);
    });
  });

  it("are chosen anew when somebody else has taken them meanwhile", async () => {
    await whileTaken(async (hostPort) => {
      const [chosen] = await choosePorts([open], { ...nothing, before: [{ ...open, hostPort }] });
      expect(chosen?.hostPort).not.toBe(hostPort);
    });
  });

  it("are not taken from a VM that is stopped just now", async () => {
    const hostPort = await unusedPort();
    const others = [{ ...open, hostPort, vm: "other" }];
    const [chosen] = await choosePorts([open], { ...nothing, before: [{ ...open, hostPort }], others });
    expect(chosen?.hostPort).not.toBe(hostPort);
  });

  it.each([
    ["another program", { ...nothing }, /is taken: \S+, process \d+, listens there/],
    [
      "another VM",
      { ...nothing, others: [{ ...open, hostAddress: "0.0.0.0", owner: "blog", vm: "b" }] },
      /leads to blog on the VM b/,
    ],
  ])("are refused with who has them: %s", async (_who, choice, message) => {
    await whileTaken(async (hostPort) => {
      const others = choice.others.map((other) => ({ ...other, hostPort }));
      const attempt = choosePorts([{ ...open, hostPort, fixed: true }], { ...choice, others });
      await expect(attempt).rejects.toMatchObject({ code: "vm.port-taken", message: expect.stringMatching(message) });
    });
  });

  it("go to the forward that wants one by number, before another that had it", async () => {
    const hostPort = await unusedPort();
    const before = [{ ...open, hostPort, fixed: true }];
    const wanted = [open, { ...open, guestPort: 81, hostPort, fixed: true }];
    const chosen = await choosePorts(wanted, { ...nothing, before });
    expect(chosen.map(({ guestPort }) => guestPort)).toEqual([80, 81]);
    expect(chosen[1]?.hostPort).toBe(hostPort);
    expect(chosen[0]?.hostPort).not.toBe(hostPort);
  });

  it("are refused to two forwards that want the same one", async () => {
    const hostPort = await unusedPort();
    const fixed = { ...open, hostPort, fixed: true };
    await expect(choosePorts([fixed, { ...fixed, guestPort: 81 }], nothing)).rejects.toMatchObject({
      code: "vm.port-taken",
    });
  });
});
