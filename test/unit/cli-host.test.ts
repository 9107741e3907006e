import { readdir } from "node:fs/promises";
import { describe, expect, it } from "@jest/globals";
import type { PoolMember } from "../../modules/hypervisors/driver.ts";
import { hostTable, type ListedVm } from "../../modules/cli/render/host.ts";
import { poolLines } from "../../modules/cli/render/pools.ts";
import { noColours } from "../../modules/cli/render/style.ts";
import { runCli } from "../support/cli.ts";
import { testFolder } from "../support/folder.ts";

const spec = {
  id: "shop",
  hostname: "shop",
  cpus: 2,
  memoryMiB: 1024,
  diskGiB: 16,
  baseImage: "debian-13-0",
  hostPrivateKey: "TOP SECRET",
  authorizedKeys: [],
};
const forwards = [
  { owner: "ssh", guestPort: 22, protocol: "tcp", hostAddress: "127.0.0.1", hostPort: 2222, fixed: false },
];

/** A home with one VM that was made and does not run. */
const stopped = {
  "home/state/vms/shop/spec.json": JSON.stringify(spec),
  "home/state/vms/shop/forwards.json": JSON.stringify(forwards),
};

async function inHome(
  files: Readonly<Record<string, string>>,
  use: (host: (...argv: readonly string[]) => ReturnType<typeof runCli>, path: string) => Promise<void>,
): Promise<void> {
  await using folder = await testFolder(files);
  const env = { STACKHOUSE_HOME: `${folder.path}/home` };
  await use((...argv) => runCli(["host", ...argv], { cwd: folder.path, env }), folder.path);
}

describe("clones that wait", () => {
  const { cpus, memoryMiB, diskGiB, baseImage } = spec;
  const kind = { cpus, memoryMiB, diskGiB, baseImage };
  const member = (name: string): PoolMember => ({ name, pid: 7, memoryMiB: 100 });

  it.each<[number, readonly PoolMember[], string]>([
    [2, [member("a"), member("b")], "2 clones wait for the next VM of 2 CPU, 1024 MiB, 16 GiB: 200 MiB of memory"],
    [
      2,
      [member("a")],
      "1 clone waits for the next VM of 2 CPU, 1024 MiB, 16 GiB: 100 MiB of memory, and 2 are asked for",
    ],
    [1, [], "0 clones wait for the next VM of 2 CPU, 1024 MiB, 16 GiB, and 1 are asked for"],
  ])("are told with what they hold, and where they are fewer than VMs ask for: %i", (wanted, waiting, line) => {
    expect(poolLines([{ kind, wanted, waiting }])).toEqual([line]);
  });

  it("are fewer than a VM asks for: the list of VMs says what makes them", async () => {
    const asking = { ...stopped, "home/state/vms/shop/spec.json": JSON.stringify({ ...spec, pool: 1 }) };
    await inHome(asking, async (host) => {
      expect((await host("list")).stdout).toMatch(/1 are asked for\nNext: stackhouse host fill\n$/u);
    });
  });

  it("are asked for by no VM, where none says so", async () => {
    await inHome(stopped, async (host) => {
      expect(await host("fill")).toMatchObject({
        code: 0,
        stdout: "No VM of this workstation asks for clones that wait.\n",
      });
    });
  });
});

describe("stackhouse host", () => {
  it("says that there is no VM, and what makes one", async () => {
    await inHome({}, async (host) => {
      expect(await host("list")).toMatchObject({
        code: 0,
        stdout: "There is no VM on this workstation.\nNext: stackhouse up\n",
      });
      expect(await host("list", "--json")).toMatchObject({ code: 0, stdout: "[]\n" });
    });
  });

  it("lists VMs for a script, without their keys", async () => {
    await inHome(stopped, async (host) => {
      const { stdout } = await host("list", "--json");
      expect(JSON.parse(stdout)).toEqual([
        {
          name: "shop",
          state: "stopped",
          cpus: 2,
          memoryMiB: 1024,
          diskGiB: 16,
          dataDisks: [],
          keptDisks: [],
          image: "debian-13-0",
          forwards: [{ owner: "ssh", guestPort: 22, protocol: "tcp", hostAddress: "127.0.0.1", hostPort: 2222 }],
        },
      ]);
    });
  });

  it("names the VMs that there are, where one is not", async () => {
    await inHome(stopped, async (host) => {
      for (const command of ["start", "stop", "pause", "resume", "console", "ssh"]) {
        const { code, stderr } = await host(command, "shed");
        expect({ command, code, stderr }).toEqual({
          command,
          code: 1,
          stderr: "error: there is no VM shed on this workstation\n  → there is: shop\n",
        });
      }
    });
  });

  it("says which commands there are, where it is given none, and names one that is mistyped", async () => {
    await inHome({}, async (host) => {
      expect(await host()).toMatchObject({ code: 0, stdout: expect.stringContaining("pause [options] <vm>") });
      expect(await host("strat", "shop")).toMatchObject({ code: 2, stderr: expect.stringContaining("start") });
    });
  });

  it.each<[string, readonly string[], string, string]>([
    ["an option of a command", ["stop", "shop", "--grace", "abc"], "a whole number", "host stop --help"],
    ["an id that is none", ["rm", "", "--yes"], '"" is no id for a VM', "host list"],
  ])("names the command that helps with %s", async (_what, argv, says, helps) => {
    await inHome(stopped, async (host) => {
      const { code, stderr } = await host(...argv);
      expect(code).toBe(2);
      expect(stderr).toMatch(new RegExp(`^error: .*${says}.*\n  → \\S+ ${helps} `, "u"));
    });
  });

  it("does nothing to a VM that is as it is asked to be", async () => {
    await inHome(stopped, async (host) => {
      expect((await host("stop", "shop")).stdout).toContain("shop is stopped already");
    });
  });

  it.each([
    ["pause", 1, "the VM shop does not run"],
    ["resume", 2, "shop is not paused: it is stopped"],
  ])("%s refuses a VM that does not run", async (command, code, message) => {
    await inHome(stopped, async (host) => {
      const result = await host(command, "shop");
      expect(result.code).toBe(code);
      expect(result.stderr).toContain(message);
      expect(result.stderr).toContain("stackhouse host start shop");
    });
  });

  it("lists and removes one whose records are damaged, and says what is wrong; others are as they are", async () => {
    const damaged = {
      ...stopped,
      "home/state/vms/shed/spec.json": "{",
      "home/state/vms/shed/data-a.qcow2": "precious",
    };
    await inHome(damaged, async (host, path) => {
      const { code, stdout } = await host("list");
      expect(code).toBe(0);
      expect(stdout).toMatch(/^shed +damaged .*\nshop +stopped .*\n! shed: .*spec\.json of the VM shed is damaged/mu);
      expect(JSON.parse((await host("list", "--json")).stdout)).toMatchObject([
        { name: "shed", state: "damaged", reason: expect.stringContaining("spec.json") },
        { name: "shop", state: "stopped" },
      ]);
      expect(await host("start", "shed")).toMatchObject({ code: 1, stderr: expect.stringContaining("host rm shed") });
      expect(await host("rm", "shed", "--yes")).toMatchObject({ code: 0 });
      expect(await readdir(`${path}/home/state/data-disks/shed`)).toContain("data-a.qcow2");
      expect(await readdir(`${path}/home/state/vms`)).not.toContain("shed");
    });
  });

  it("lists a VM that is gone and has left data disks, as nobody that could be started", async () => {
    await inHome({ "home/state/data-disks/shed/data-a.qcow2": "precious" }, async (host) => {
      const { stdout } = await host("list");
      expect(stdout).toMatch(/^shed +gone .*\n! shed: is gone, .* has its data disks again .*: a/mu);
      expect(JSON.parse((await host("list", "--json")).stdout)).toEqual([
        { name: "shed", state: "gone", keptDisks: [{ name: "a", sizeGiB: 0 }] },
      ]);
      for (const command of [
        ["start", "shed"],
        ["rm", "shed", "--yes"],
      ]) {
        const { code, stderr } = await host(...command);
        expect(code).toBe(1);
        expect(stderr).toContain("the VM shed is gone, and has left data disks: a\n");
        expect(stderr).toMatch(
          /→ \S.* up in the folder of its project makes it anew, with them; .*clean --data-disk shed\/DISK removes/u,
        );
      }
    });
  });

  it("removes what a killed run has left of a VM, which is no VM", async () => {
    await inHome({ "home/state/vms/shed/disk.qcow2": "half" }, async (host, path) => {
      expect((await host("list")).stdout).toContain("There is no VM");
      expect(await host("rm", "shed", "--yes")).toMatchObject({ code: 0 });
      expect(await readdir(`${path}/home/state/vms`)).not.toContain("shed");
      expect(await host("rm", "shed", "--yes")).toMatchObject({ code: 1 });
    });
  });

  it("removes the keys of a VM with it, and those of no other", async () => {
    const keys = { "home/state/vm-identities/shop.json": "{}", "home/state/vm-identities/shed.json": "{}" };
    await inHome({ ...stopped, ...keys }, async (host, path) => {
      expect(await host("rm", "shop", "--yes")).toMatchObject({ code: 0 });
      expect(await readdir(`${path}/home/state/vm-identities`)).toEqual(["shed.json"]);
    });
  });

  it("removes a VM only when it is told so", async () => {
    await inHome(stopped, async (host, path) => {
      expect(await host("rm", "shop")).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("host rm shop --yes"),
      });
      expect(await readdir(`${path}/home/state/vms`)).toContain("shop");
      expect(await host("rm", "shop", "--yes")).toMatchObject({ code: 0 });
      expect(await readdir(`${path}/home/state/vms`)).not.toContain("shop");
    });
  });
});

describe("the list of VMs", () => {
  it.each<[string, ListedVm["vm"], string]>([
    [
      "runs",
      {
        state: "running",
        spec,
        pid: 1,
        hypervisorClass: "emulation",
        forwards: [{ owner: "ssh", guestPort: 22, protocol: "tcp", hostAddress: "127.0.0.1", hostPort: 2222 }],
        start: { rung: "template", reason: "clone of x", tookMs: 1_234 },
      },
      "shop  running  2 CPU, 1024 MiB, 16 GiB  127.0.0.1:2222  template, 1.2 s",
    ],
    ["is paused", { state: "paused", spec, forwards: [] }, "shop  paused  2 CPU, 1024 MiB, 16 GiB  -    -"],
    ["is stopped", { state: "stopped", spec, forwards: [] }, "shop  stopped  2 CPU, 1024 MiB, 16 GiB  -    -"],
  ])("has a line for one that %s", (_what, vm, line) => {
    expect(hostTable([{ name: "shop", vm }], noColours)[1]).toBe(line);
  });

  it("says where the ports lead that its program forwards, and leaves those of apps to them", () => {
    const port = { guestPort: 80, protocol: "tcp", hostAddress: "127.0.0.1", hostPort: 8080 } as const;
    const own = { ...port, owner: "LocalVm", guestPort: 5432, hostPort: 15432 };
    const vm = { state: "stopped", spec, forwards: [{ ...port, owner: "web" }, own] } as const;
    expect(hostTable([{ name: "shop", vm }], noColours).slice(2)).toEqual([
      "  shop: 127.0.0.1:15432 leads to port 5432/tcp",
    ]);
  });

  it("has the data disks, also those that nobody names any more", () => {
    const withDisk = { ...spec, dataDisks: [{ name: "data", sizeGiB: 20, mountPath: "/srv/data" }] };
    const vm = { state: "stopped", spec: withDisk, forwards: [], keptDisks: [{ name: "logs", sizeGiB: 1 }] } as const;
    expect(hostTable([{ name: "shop", vm }], noColours).slice(1)).toEqual([
      "shop  stopped  2 CPU, 1024 MiB, 16 GiB, data 20 GiB  -    -",
      "! shop: keeps data disks that its program does not name: logs",
    ]);
  });
});
