import { describe, expect, it } from "@jest/globals";
import type { VmSpec } from "../../modules/hypervisors/driver.ts";
import { disksDocument, identityDocument, templateDocument } from "../../modules/hypervisors/identity.ts";
import type { PlacedDisk } from "../../modules/hypervisors/qemu/disks/devices.ts";
import { qemuArguments, type Memory } from "../../modules/hypervisors/qemu/machine/argv.ts";
import type { Accelerator } from "../../modules/hypervisors/qemu/program/accelerator.ts";
import { ownerMark } from "../../modules/hypervisors/qemu/folder.ts";

const spec: VmSpec = {
  id: "shop",
  hostname: "shop",
  cpus: 2,
  memoryMiB: 1024,
  diskGiB: 20,
  baseImage: "debian-13-0123",
  hostPrivateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n-----END OPENSSH PRIVATE KEY-----\n",
  authorizedKeys: ["ssh-ed25519 AAAA client"],
};

function argvOf(
  accelerator: Accelerator,
  memory: Memory = "anonymous",
  dataDisks: readonly PlacedDisk[] = [],
): readonly string[] {
  return qemuArguments({
    spec,
    kernelArguments: "console=ttyS0 quiet",
    accelerator,
    memory,
    dataDisks,
    mark: ownerMark("/home/u/.stackhouse/state/vms/shop"),
    forwards: [
      { owner: "ssh", guestPort: 22, protocol: "tcp", hostAddress: "127.0.0.1", hostPort: 40022 },
      { owner: "shop", guestPort: 53, protocol: "udp", hostAddress: "0.0.0.0", hostPort: 5353 },
    ],
  });
}

/** One option and its value a line. */
function asLines(argv: readonly string[]): readonly string[] {
  return argv.reduce<string[]>((lines, word) => {
    if (word.startsWith("-") || lines.length === 0) lines.push(word);
    else lines.push(`${lines.pop() ?? ""} ${word}`);
    return lines;
  }, []);
}

describe("command line of QEMU", () => {
  it("pins everything that a saved VM would depend on", () => {
    expect(asLines(argvOf("tcg"))).toEqual([
      "-name stackhouse-shop",
      "-nodefaults",
      "-no-user-config",
      "-display none",
      "-daemonize",
      "-pidfile qemu.pid",
      "-machine pc-i440fx-7.2,memory-backend=ram0",
      "-accel tcg,thread=multi,tb-size=256",
      "-cpu max,-erms",
      "-smp 2",
      "-m 1024",
      "-rtc base=utc,clock=host",
      "-object memory-backend-ram,id=ram0,size=1024M",
      "-kernel kernel",
      "-initrd initrd",
      "-append console=ttyS0 quiet mitigations=off no_timer_check tsc=reliable",
      `-blockdev {"driver":"qcow2","node-name":"d0","discard":"unmap","file":{"driver":"file","filename":"/proc/self/fd/3/disk.qcow2","discard":"unmap"}}`,
      "-device virtio-blk-pci,drive=d0,addr=4",
      "-netdev user,id=n0,hostfwd=tcp:127.0.0.1:40022-10.0.2.15:22,hostfwd=udp:0.0.0.0:5353-10.0.2.15:53",
      "-device virtio-net-pci,id=nic0,netdev=n0,mac=52:54:00:12:34:56,addr=2",
      "-device virtio-rng-pci,addr=3",
      "-device virtio-serial-pci,id=vs0,addr=6",
      "-chardev socket,id=agent,path=agent.sock,server=on,wait=off",
      "-device virtserialport,bus=vs0.0,chardev=agent,name=dev.stackhouse.agent",
      "-chardev socket,id=porter,path=porter.sock,server=on,wait=off",
      "-device virtserialport,bus=vs0.0,chardev=porter,name=dev.stackhouse.porter",
      "-device vmgenid,guid=auto",
      "-fw_cfg name=opt/dev.stackhouse/identity,file=identity",
      "-serial file:serial.log",
      "-qmp unix:qmp.sock,server=on,wait=off",
      `-smbios type=1,serial=${ownerMark("/home/u/.stackhouse/state/vms/shop")}`,
    ]);
  });

  it("leaves real processors as they are", () => {
    const argv = argvOf("kvm").join(" ");
    expect(argv).toContain("-accel kvm -cpu host");
    expect(argv).toContain("-append console=ttyS0 quiet -blockdev");
  });

  it("shows nothing secret, because command lines are public", () => {
    expect(argvOf("tcg").join(" ")).not.toMatch(/secret|AAAA|PRIVATE/);
  });

  it("holds no path that a user chose: the folder of a VM may be moved, and paths hold commas", () => {
    expect(argvOf("tcg", "anonymous", [{ name: "logs", place: 9 }]).join(" ")).not.toContain("/home/u");
  });

  it.each<[Memory, readonly string[]]>([
    ["anonymous", ["-object memory-backend-ram,id=ram0,size=1024M"]],
    ["file", ["-object memory-backend-file,mem-path=ram,share=on,id=ram0,size=1024M"]],
    [
      "mapped",
      ["-object memory-backend-file,mem-path=ram,share=off,readonly=on,rom=off,id=ram0,size=1024M", "-incoming defer"],
    ],
  ])("differs with %s memory in nothing but where that is and what fills it", (memory, expected) => {
    const isAboutMemory = (line: string): boolean => /^-(object|incoming)/u.test(line);
    const lines = asLines(argvOf("tcg", memory));
    expect(lines.filter(isAboutMemory)).toEqual(expected);
    const others = (all: readonly string[]): readonly string[] => all.filter((line) => !isAboutMemory(line));
    expect(others(lines)).toEqual(others(asLines(argvOf("tcg"))));
  });

  it.each([
    ["kvm", "-accel kvm", false],
    ["tcg", "-accel tcg,thread=multi,tb-size=256", true],
    ["tcg-single", "-accel tcg,thread=single,tb-size=256", true],
  ] as const)("runs on %s", (accelerator, expected, emulated) => {
    const lines = asLines(argvOf(accelerator));
    expect(lines).toContain(expected);
    expect(lines.join(" ").includes("tsc=reliable")).toBe(emulated);
  });

  it("has data disks at their places, whichever of them there are, and the guest knows them by their serial numbers", () => {
    const lines = asLines(argvOf("tcg", "anonymous", [{ name: "logs", place: 9 }]));
    expect(lines.filter((line) => line.includes("logs"))).toEqual([
      `-blockdev {"driver":"qcow2","node-name":"data-logs","discard":"unmap","file":{"driver":"file","filename":"/proc/self/fd/3/data-logs.qcow2","discard":"unmap"}}`,
      "-device virtio-blk-pci,drive=data-logs,id=data-logs,serial=logs,addr=10",
    ]);
  });

  it("marks each folder's process with a mark of its own", () => {
    expect(ownerMark("/vms/shop")).not.toBe(ownerMark("/vms/shop2"));
  });
});

describe("identity document", () => {
  const document = identityDocument({
    hostname: "shop",
    machineId: "0123456789abcdef0123456789abcdef",
    network: { address: "10.0.2.15/24", gateway: "10.0.2.2", nameserver: "10.0.2.3" },
    hostPrivateKey: spec.hostPrivateKey,
    authorizedKeys: ["ssh-ed25519 AAAA one", "ssh-ed25519 BBBB two\n"],
    start: "c0ffee",
    dataDisks: [{ name: "data", sizeGiB: 20, mountPath: "/srv/data", isNew: true }],
    seed: new Uint8Array([0, 255, 16]),
  });

  it("says a word and a value a line, and ends with a word that a cut-off one lacks", () => {
    expect(document.split("\n")).toEqual([
      "stackhouse-identity 1",
      "seed 00ff10",
      "hostname shop",
      "machine-id 0123456789abcdef0123456789abcdef",
      "address 10.0.2.15/24",
      "gateway 10.0.2.2",
      "nameserver 10.0.2.3",
      "ssh-host-key -----BEGIN OPENSSH PRIVATE KEY-----",
      "ssh-host-key secret",
      "ssh-host-key -----END OPENSSH PRIVATE KEY-----",
      "authorized-key ssh-ed25519 AAAA one",
      "authorized-key ssh-ed25519 BBBB two",
      "start c0ffee",
      "data-disk data 20 /srv/data new",
      "end",
      "",
    ]);
  });

  it("of a template has no key, and of a clone the time", () => {
    const network = { address: "10.0.2.15/24", gateway: "10.0.2.2", nameserver: "10.0.2.3" };
    const guest = { hostname: "any", machineId: "0".repeat(32), network, seed: new Uint8Array([1]) };
    expect(templateDocument(guest)).toMatch(/^stackhouse-template 1\nseed 01\nhostname any\n[^]*\nend\n$/u);
    expect(templateDocument(guest)).not.toContain("key");
    const clone = {
      ...guest,
      hostPrivateKey: "k",
      authorizedKeys: [],
      start: "1",
      dataDisks: [],
      time: 1_795_000_000_123,
    };
    expect(identityDocument(clone).split("\n")).toContain("time 1795000000.123");
  });

  it("about disks says how large they are, and which ones there are now", () => {
    const disk = { name: "data", sizeGiB: 20, mountPath: "/srv/data", isNew: false };
    expect(disksDocument({ start: "c0ffee", diskGiB: 32, dataDisks: [disk] }).split("\n")).toEqual([
      "stackhouse-disks 1",
      "start c0ffee",
      "disk-gib 32",
      "data-disk data 20 /srv/data used",
      "end",
      "",
    ]);
  });
});
