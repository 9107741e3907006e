import { parseBytes } from "../forms/bytes.ts";
import { isIpAddress } from "../forms/ports.ts";
import { networksByPriority } from "../network-order.ts";
import { childOf, type MapNode, type Node, scalarAt, toValue } from "../tree/node.ts";
import { type Clash, type Pattern, type Range, refusal, type Runs } from "../shapes/shape.ts";

/**
 * Rules of Docker Engine. Compose loads what is against them, and the engine makes no container of it, or one that never starts: by
 * then the app has begun to change. What depends on the host (how many processors it has, which devices) only the host can tell.
 * Source, where none is named: moby, daemon/daemon_unix.go, `verifyPlatformContainerResources`.
 */

const matching = (pattern: Pattern): Runs => ({ pattern });
const within = (range: Range): Runs => ({ range });

export const notNegative: Runs = within({ min: 0 });

/** Of `linuxMinMemory`. */
export const enoughMemory: Runs = within({ min: 6 * 1024 ** 2, or: "zero", expected: '0, or "6m" and more' });

/** Microseconds. */
export const enoughQuota: Runs = within({ min: 1_000, or: "less", expected: "1000 or more, or 0 for no limit" });
export const possiblePeriod: Runs = within({
  min: 1_000,
  max: 1_000_000,
  or: "zero",
  expected: "0, or between 1000 and 1000000",
});

/** Source of a device's: https://docs.kernel.org/block/bfq-iosched.html, "weight". */
export const blockWeights: Runs = within({ min: 10, max: 1_000, or: "zero", expected: "0, or between 10 and 1000" });
export const deviceWeights: Runs = within({ min: 0, max: 1_000 });

/** Source: moby, daemon/container.go, `validateHealthCheck`. */
export const probeTime: Runs = within({ min: 1, or: "zero", expected: '0, or "1ms" and more' });

/** Source: moby, pkg/parsers, `ParseUintList`. */
export const processors: Runs = matching({
  matches: /^\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*$/,
  expected: 'numbers of processors such as "0-2,4"',
});

export const absolutePath: Runs = matching({ matches: /^\//, expected: "an absolute path in the container" });

export const devicePath: Runs = matching({ matches: /^\//, expected: "the path of a device on the host" });

/** Of a `/`, the rest of the path names something. */
const belowRoot = String.raw`\/(?!(?:\.{0,2}\/)*\.{0,2}(?:$|:))`;

/** Source: moby, volume/mounts/linux_parser.go, `validateNotRoot`. */
export const mountTarget: Pattern = {
  matches: new RegExp(`^${belowRoot}`),
  expected: 'an absolute path below "/" in the container',
};
export const inMemory: Runs = matching({ ...mountTarget, expected: `${mountTarget.expected}; options follow a ":"` });

/** Source: moby, volume/mounts/linux_parser.go, `linuxPropagationModes`. */
export const propagations: Runs = { values: ["private", "rprivate", "shared", "rshared", "slave", "rslave"] };

/** Source: moby, daemon/oci_linux.go, `deviceCgroupRuleRegex`. */
export const deviceRule: Runs = matching({
  matches: /^[acb] (?:\d+|\*):(?:\d+|\*) [rwm]{1,3}$/,
  expected: 'a rule such as "c 1:3 rwm"',
});

/** Source: https://man7.org/linux/man-pages/man7/signal.7.html; moby/sys, signal. */
const signals =
  "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ".split(
    " ",
  );
export const signal: Runs = matching({
  matches: new RegExp(`^(?:0*[1-9]\\d*|(?:SIG)?(?:${signals.join("|")}|RTM(?:IN(?:\\+\\d+)?|AX(?:-\\d+)?)))$`, "i"),
  expected: 'a signal such as "SIGTERM"',
  words: signals.map((name) => `SIG${name}`),
});

/** Source: https://man7.org/linux/man-pages/man7/capabilities.7.html */
const capabilities =
  "ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM".split(
    " ",
  );
export const capability: Runs = matching({
  matches: new RegExp(`^(?:CAP_)?(?:${capabilities.join("|")})$`, "i"),
  expected: 'a capability such as "NET_ADMIN", or ALL',
  words: capabilities,
});

/** Source: https://man7.org/linux/man-pages/man2/getrlimit.2.html */
const limitNames =
  "as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split(" ");
export const limitName: Pattern = {
  matches: new RegExp(`^(?:${limitNames.join("|")})$`),
  expected: 'a limit such as "nofile"',
  words: limitNames,
};

export const hardwareAddress: Runs = matching({
  matches: /^(?:[\da-f]{2}(?:[:-][\da-f]{2}){5}|[\da-f]{4}(?:\.[\da-f]{4}){2})$/i,
  expected: 'a hardware address such as "02:42:ac:11:00:02"',
});
export const ipv4Address: Runs = matching({
  matches: /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/,
  expected: "an IPv4 address",
});
export const ipv6Address: Runs = matching({
  matches: /^[\da-f]*:[\da-f.:]*$/i,
  isValue: isIpAddress,
  expected: "an IPv6 address",
});
export const ipAddress: Runs = matching({
  matches: new RegExp(`${ipv4Address.pattern?.matches.source ?? ""}|${ipv6Address.pattern?.matches.source ?? ""}`, "i"),
  isValue: isIpAddress,
  expected: "an IP address",
});

/** An IPv6 address may name the interface it is on. Source: docker compose, pkg/compose/create.go, `netip.ParseAddr`. */
export const nameServer: Runs = matching({
  // An empty one says nothing, and is dropped.
  matches: new RegExp(`^$|${ipv4Address.pattern?.matches.source ?? ""}|^(?=(?:[^:]*:){2})[\\da-f.:]+(?:%.+)?$`, "i"),
  expected: "an IP address",
});

/** Source: containerd/platforms, `Parse`; hosts are Linux, and a shim may run WASI. */
const architectures =
  "386 aarch64 amd64 arm arm64 armel armhf i386 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x wasm x86-64 x86_64".split(
    " ",
  );
export const platform: Runs = matching({
  matches: new RegExp(`^(?:(?:linux|wasi)(?:/[\\w-]+){0,2}|${architectures.join("|")})$`, "i"),
  expected: 'a platform such as "linux/arm64"',
  words: architectures.map((architecture) => `linux/${architecture}`),
});

/** Source: moby, daemon/graphdriver: overlay2, btrfs and zfs, `parseStorageOpt`. */
export const storageOption: Pattern = { matches: /^size$/i, expected: "size", words: ["size"] };
export const storageSize: Runs = matching({
  matches: /^\d+(?:\.\d*)? ?(?:b|[kmgtp](?:i?b)?)?$/i,
  expected: 'a size in bytes such as "10g"',
});

/** The last part of the path names something. */
export const filePath: Runs = matching({
  matches: /(?:^|\/)(?!\.{1,2}\/*$)[^/]+\/*$/,
  expected: "the path of a file in the container",
});

/** Source: https://man7.org/linux/man-pages/man2/sethostname.2.html */
export const hostName: Runs = matching({ matches: /^[^]{1,64}$/, expected: "a name of at most 64 characters" });

/** Source: moby, daemon/oci_linux.go, `getUser`. */
export const groupName: Runs = matching({ matches: /^(?!-)/, expected: "a name, or a number that is not negative" });

/** A kernel has these once for each container. Source: runc, libcontainer/configs/validate/validator.go, `sysctl`. */
export const containersOwnSetting: Pattern = {
  matches:
    /^(?:net[./].+|fs[./]mqueue[./].+|kernel[./](?:msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced|domainname|hostname))$/,
  expected: "a setting that each container has for itself: net.*, fs.mqueue.* or one of System V's IPC",
};

/** Source: moby, api/types/container, `ValidateRestartPolicy`. */
export const retries: Pattern = {
  matches: /^(?:no|always|unless-stopped|on-failure(?::\d+)?)$/,
  expected: "no, always, unless-stopped or on-failure[:N]",
  words: ["no", "always", "unless-stopped", "on-failure"],
};

const bytesOf = (node: Node | undefined): bigint => {
  const value = node?.kind === "scalar" ? node.value : null;
  return value === null ? 0n : (parseBytes(String(value)) ?? 0n);
};

const resourceOf = (service: MapNode, part: "limits" | "reservations", key: string): Node | undefined =>
  childOf(childOf(childOf(childOf(service, "deploy"), "resources"), part), key);

/** Where both keys say it, they say the same. */
const memoryOf = (service: MapNode): bigint =>
  bytesOf(resourceOf(service, "limits", "memory")) || bytesOf(childOf(service, "mem_limit"));

const memoryLimits = ["mem_limit", "deploy.resources.limits.memory"];

const hasCpus = (service: MapNode): boolean =>
  [resourceOf(service, "limits", "cpus"), childOf(service, "cpus")].some(
    (node) => node?.kind === "scalar" && Number(node.value) > 0,
  );

const limitedCpus = ["cpu_quota", "cpu_period"].map((key): Clash => ({
  key,
  beside: "`cpus`",
  state: refusal("cpus takes its place, and a container has one of the two", "keep one of the two"),
  others: ["cpus", "deploy.resources.limits.cpus"],
  isThere: (service) => hasCpus(service) && Number(scalarAt(service, key)) > 0,
}));

const swapWithoutMemory: Clash = {
  key: "memswap_limit",
  beside: "no `mem_limit`",
  state: refusal(
    "it limits memory and swap together, and needs a limit of the memory",
    "add mem_limit, or remove memswap_limit",
  ),
  others: memoryLimits,
  isThere: (service) => memoryOf(service) === 0n && bytesOf(childOf(service, "memswap_limit")) > 0n,
};

const lessSwapThanMemory: Clash = {
  key: "memswap_limit",
  beside: "a larger `mem_limit`",
  state: refusal(
    "it limits memory and swap together, and is less than the memory alone",
    "write the sum of both, or -1 for no limit of the swap",
  ),
  others: memoryLimits,
  isThere: (service) => {
    const [memory, both] = [memoryOf(service), bytesOf(childOf(service, "memswap_limit"))];
    return both > 0n && both < memory;
  },
};

const tooMuchReserved: Clash = {
  key: "mem_reservation",
  beside: "a smaller `mem_limit`",
  state: refusal("it reserves more memory than the limit allows", "reserve less, or raise the limit"),
  others: memoryLimits,
  isThere: (service) => {
    const memory = memoryOf(service);
    return memory > 0n && bytesOf(childOf(service, "mem_reservation")) > memory;
  },
};

/** Source: moby, daemon/runconfig, `validateResources`. */
const longRealTime: Clash = {
  key: "cpu_rt_runtime",
  beside: "a smaller `cpu_rt_period`",
  state: refusal("it is longer than the period that it is a part of", "write less, or a longer cpu_rt_period"),
  others: ["cpu_rt_period"],
  isThere: (service) => {
    const period = Number(scalarAt(service, "cpu_rt_period") ?? 0);
    return period > 0 && Number(scalarAt(service, "cpu_rt_runtime")) > period;
  },
};

/** Of `deploy.resources`: as `tooMuchReserved`. */
export const reservedBeyondLimit: Clash = {
  key: "reservations",
  beside: "`limits` of less memory",
  state: tooMuchReserved.state,
  others: ["limits.memory"],
  isThere: (resources) => {
    const limit = bytesOf(childOf(childOf(resources, "limits"), "memory"));
    return limit > 0n && bytesOf(childOf(childOf(resources, "reservations"), "memory")) > limit;
  },
};

/** Of a limit in `ulimits`; -1 is none. Source: https://man7.org/linux/man-pages/man2/getrlimit.2.html */
export const softAboveHard: Clash = {
  key: "soft",
  beside: "a smaller `hard`",
  state: refusal("it is above the hard limit, which it may be raised to", "write hard: as high as soft:"),
  others: ["hard"],
  isThere: (limit) => {
    const valueOf = (key: string): number => {
      const value = Number(scalarAt(limit, key) ?? 0);
      return value < 0 ? Infinity : value;
    };
    return valueOf("soft") > valueOf("hard");
  },
};

/** Source: docker compose, pkg/compose/convert.go, `ToMobyHealthCheck`. */
export const intervalOfNoPeriod: Clash = {
  key: "start_interval",
  beside: "no `start_period`",
  state: refusal("it is about the time that start_period gives", "add start_period"),
  others: ["start_period"],
  isThere: (healthcheck) => childOf(healthcheck, "start_period") === undefined,
};

/** Source: docker compose, pkg/compose/create.go, `prepareContainerMACAddress`. */
const secondAddress: Clash = {
  key: "mac_address",
  beside: "another `mac_address` of its first network",
  state: refusal(
    "it is the hardware address on the first network, which gives another one",
    "keep that of the network",
  ),
  others: ["networks"],
  isThere(node) {
    const networks = childOf(node, "networks");
    if (networks?.kind !== "map") return false;
    const [first = ""] = networksByPriority(toValue(networks) as Parameters<typeof networksByPriority>[0]);
    const attachment = childOf(networks, first);
    const other = (attachment === undefined ? undefined : scalarAt(attachment, "mac_address")) ?? "";
    return other !== "" && other !== scalarAt(node, "mac_address");
  },
};

/** Source: moby, runconfig/hostconfig_unix.go, `validateNetMode`. */
const inAnothersNetwork = ["hostname", "dns", "extra_hosts", "ports", "expose"].map((key): Clash => ({
  key,
  beside: "`network_mode: service:NAME` or `container:NAME`",
  state: refusal("it is about the network of the other container", "give it to the one whose network it is"),
  others: ["network_mode"],
  isThere: (node) => {
    const value = childOf(node, key);
    if (value === undefined || isEmpty(value)) return false;
    return /^(?:service|container):/.test(String(scalarAt(node, "network_mode") ?? ""));
  },
}));

function isEmpty(node: Node): boolean {
  switch (node.kind) {
    case "scalar":
      return node.value === "";
    case "list":
      return node.items.length === 0;
    case "map":
      return node.entries.size === 0;
  }
}

/** Source: as above. */
const hostsName: Clash = {
  key: "hostname",
  beside: "`uts: host`",
  state: refusal("with uts: host the name is that of the host", "remove one of the two"),
  others: ["uts"],
  isThere: (node) => scalarAt(node, "uts") === "host" && scalarAt(node, "hostname") !== "",
};

/** Of keys of a service. */
export const serviceClashes: readonly Clash[] = [
  secondAddress,
  ...inAnothersNetwork,
  hostsName,
  ...limitedCpus,
  swapWithoutMemory,
  lessSwapThanMemory,
  tooMuchReserved,
  longRealTime,
];
