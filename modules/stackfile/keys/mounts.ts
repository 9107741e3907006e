import { mountLongForm } from "../forms/mounts.ts";
import { publishedPort } from "../forms/ports.ts";
import { childOf, scalarAt } from "../tree/node.ts";
import { plainLabels } from "./common.ts";
import { mountTarget, propagations } from "./engine.ts";
import {
  accepted,
  boolean,
  type Clash,
  mapping,
  oneOf,
  refusal,
  refused,
  string,
  stringOrInteger,
  unsigned,
  unsignedNumber,
  wholeBytes,
} from "../shapes/shape.ts";

const noImageMounts = {
  reason: "files of another image are not mounted",
  instead: "copy them into a named volume by a service that runs before, or into the image itself",
};

/** Neither QEMU's network nor the firewalls of all clouds know it. */
const noSctp = {
  reason: "the way to a host is for tcp and udp",
  instead:
    "services of the app reach it by the name of the service; from outside, network_mode: host does where nothing is in between",
};

const drives = {
  "DRIVE:/PATH": {
    matches: /^[a-zA-Z]:[/\\]/,
    reason: "it is a path on a Windows drive, and not in a volume with a name of one letter",
    instead: "give the volume a name of two letters or more, or use the long form",
  },
};

const shares = {
  "\\\\SERVER\\SHARE": {
    matches: /^\\\\/,
    reason: "it is a share of Windows, and hosts are Linux",
    instead: "mount it on the host and bind that path, or use a named volume with driver_opts of type cifs",
  },
};

/** `services.*.ports[]` */
export const port = mapping(
  {
    name: accepted(string(), "it is a name for people"),
    // On one host both are the same.
    mode: string({ runs: { values: ["ingress", "host"] } }),
    host_ip: string(),
    target: unsigned({ cast: true, runs: { range: { min: 1, max: 65_535 } } }),
    published: stringOrInteger({ runs: { pattern: publishedPort } }),
    protocol: string({ runs: { values: ["tcp", "udp"], refused: { sctp: noSctp } } }),
    app_protocol: accepted(string(), "it is a note for people and other tools"),
  },
  {
    or: ["number", "string"],
    parsed: true,
    required: ["target"],
    defaults: { mode: "ingress", protocol: "tcp" },
    expected: 'a port such as "8080:80"',
  },
);

/** The old form of bind mounts has labels and neither of these; docker compose leaves the label out. */
const uselessLabel: Clash = {
  key: "selinux",
  beside: "`recursive` and `create_host_path: false`",
  state: refusal(
    "the engine labels no mount that has recursive or create_host_path: false",
    "label the files on the host (chcon), or remove the other key",
  ),
  others: ["recursive", "create_host_path"],
  isThere: (bind) =>
    (scalarAt(bind, "recursive") ?? "enabled") !== "enabled" || String(scalarAt(bind, "create_host_path")) === "false",
};

/** Docker Engine takes no other options than those of the type; docker compose leaves them out. */
const ofAnotherType = (["bind", "volume", "tmpfs"] as const).map((type): Clash => {
  return {
    key: type,
    beside: `a \`type\` other than \`${type}\``,
    state: { state: "accepted", note: `they are options of mounts of type ${type}` },
    others: ["type"],
    isThere: (mount) => {
      const options = childOf(mount, type);
      return scalarAt(mount, "type") !== type && options?.kind === "map" && options.entries.size > 0;
    },
  };
});

const sourceInMemory: Clash = {
  key: "source",
  beside: "`type: tmpfs`",
  state: refusal("what lies in memory comes from nowhere", "remove source, or write type: volume"),
  others: ["type"],
  isThere: (mount) => scalarAt(mount, "type") === "tmpfs" && (scalarAt(mount, "source") ?? "") !== "",
};

/** `services.*.volumes[]` */
export const mount = mapping(
  {
    type: string({
      values: ["bind", "volume", "tmpfs", "cluster", "npipe", "image"],
      runs: {
        refused: {
          image: noImageMounts,
          npipe: { reason: "it is for Windows containers", instead: "bind the path of a unix socket" },
          cluster: { reason: "it needs a cluster of several hosts", instead: "use a named volume" },
        },
      },
    }),
    source: string({ runs: { refused: { ...drives, ...shares } } }),
    target: string({
      runs: { refused: drives, pattern: mountTarget },
    }),
    read_only: boolean({ cast: true }),
    consistency: accepted(string(), "it is about file sharing with macOS, and hosts are Linux"),
    bind: mapping(
      {
        propagation: string({ runs: propagations }),
        create_host_path: boolean({ keepsZero: true, optOut: true }),
        recursive: oneOf("enabled", "disabled", "writable", "readonly"),
        selinux: oneOf("z", "Z"),
      },
      { defaults: { create_host_path: true }, clashes: [uselessLabel] },
    ),
    volume: mapping({
      nocopy: boolean({ cast: true }),
      subpath: string(),
      labels: { ...plainLabels, merge: "pairs" },
    }),
    tmpfs: mapping({
      size: wholeBytes({ range: { min: 0 } }),
      mode: unsignedNumber(),
    }),
    image: refused(mapping({ subpath: string() }), noImageMounts.reason, noImageMounts.instead),
  },
  {
    or: ["string"],
    longForm: mountLongForm,
    parsed: true,
    required: ["type", "target"],
    clashes: [...ofAnotherType, sourceInMemory],
    expected: 'a mount such as "data:/var/lib/data"',
  },
);
