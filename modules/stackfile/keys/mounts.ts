import { mountLongForm } from "../forms/mounts.ts";
import { plainLabels } from "./common.ts";
import {
  boolean,
  mapping,
  oneOf,
  refused,
  string,
  stringOrInteger,
  unsigned,
  unsignedNumber,
  wholeBytes,
} from "./shape.ts";

const notYet = "it does not work yet";

/** `services.*.ports[]` */
export const port = mapping(
  {
    name: string(),
    mode: string({ runs: { values: ["ingress", "host"] } }),
    host_ip: string(),
    target: unsigned({ cast: true, runs: { range: { min: 1, max: 65_535 } } }),
    published: stringOrInteger(),
    protocol: string({ runs: { values: ["tcp", "udp"] } }),
    app_protocol: string(),
  },
  {
    or: ["number", "string"],
    parsed: true,
    defaults: { mode: "ingress", protocol: "tcp" },
    expected: 'a port such as "8080:80"',
  },
);

/** `services.*.volumes[]` */
export const mount = mapping(
  {
    type: string({
      values: ["bind", "volume", "tmpfs", "cluster", "npipe", "image"],
      runs: {
        refused: {
          image: notYet,
          npipe: "it is for Windows containers",
          cluster: "it needs a cluster of several hosts",
        },
      },
    }),
    source: string(),
    target: string(),
    read_only: boolean({ cast: true }),
    consistency: string(),
    bind: mapping(
      {
        propagation: string(),
        create_host_path: boolean({ keepsZero: true, optOut: true }),
        recursive: refused(oneOf("enabled", "disabled", "writable", "readonly"), notYet),
        selinux: oneOf("z", "Z"),
      },
      { defaults: { create_host_path: true } },
    ),
    volume: mapping({
      nocopy: boolean({ cast: true }),
      subpath: string(),
      labels: refused({ ...plainLabels, merge: "pairs" }, notYet),
    }),
    tmpfs: mapping({
      size: wholeBytes({ range: { min: 0 } }),
      mode: unsignedNumber(),
    }),
    image: refused(mapping({ subpath: string() }), "mounts of images do not work yet"),
  },
  {
    or: ["string"],
    longForm: mountLongForm,
    parsed: true,
    required: ["type"],
    expected: 'a mount such as "data:/var/lib/data"',
  },
);
