import { distinctStrings, labels, namedStrings, ulimits } from "../common.ts";
import { deviceLongForm, deviceTarget } from "../../forms/collections.ts";
import { capability, containersOwnSetting, deviceRule, groupName, limitName } from "../engine.ts";
import {
  boolean,
  type KeyTable,
  list,
  mapping,
  oneOf,
  refused,
  strictBoolean,
  string,
  stringOrInteger,
} from "../../shapes/shape.ts";

const device = mapping(
  {
    source: string(),
    target: string(),
    permissions: string({ runs: { pattern: { matches: /^[rwm]+$/, expected: "letters of rwm" } } }),
  },
  {
    or: ["string"],
    longForm: deviceLongForm,
    required: ["source", "target"],
    parsed: true,
    expected: 'a device such as "/dev/ttyUSB0"',
  },
);

/** The engine takes a profile, not its file; whoever loads the stack file may not have it. */
const securityOption = string({
  keepsZero: true,
  runs: {
    refused: {
      "seccomp=FILE": {
        matches: /^seccomp[=:](?!(?:unconfined|builtin)$)/,
        reason: "profiles are not read from files",
        instead: "write seccomp=builtin for the engine's own profile, or seccomp=unconfined for none",
      },
    },
    pattern: {
      matches:
        /^(?:no-new-privileges(?:[=:](?:[tT]|TRUE|[tT]rue|1|[fF]|FALSE|[fF]alse|0))?$|systempaths=unconfined$|(?:seccomp|apparmor|label|writable-cgroups)[=:])/,
      expected: "no-new-privileges, or seccomp, apparmor or label with =VALUE",
      words: ["no-new-privileges", "seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"],
    },
  },
});

/** What it may do, and what of the kernel it shares. */
export const security: KeyTable = {
  cap_add: { ...namedStrings, of: string({ keepsZero: true, runs: capability }) },
  cap_drop: { ...namedStrings, of: string({ keepsZero: true, runs: capability }) },
  security_opt: list(securityOption, { distinct: true }),
  privileged: boolean({ cast: true }),
  devices: list(device, { identity: deviceTarget }),
  device_cgroup_rules: { ...distinctStrings, of: string({ keepsZero: true, runs: deviceRule }) },
  sysctls: { ...labels, runs: { names: containersOwnSetting } },
  ulimits: { ...ulimits, runs: { names: limitName } },
  group_add: list(stringOrInteger({ accepts: ["string", "number"], keepsZero: true, runs: groupName }), {
    distinct: true,
  }),
  pid: string({
    or: ["null"],
    runs: {
      pattern: { matches: /^(?:host|(?:service|container):.+)$/, expected: "host, service:NAME or container:NAME" },
    },
  }),
  ipc: string({
    runs: {
      pattern: {
        matches: /^(?:none|private|shareable|host|(?:service|container):.+)$/,
        expected: "none, private, shareable, host, service:NAME or container:NAME",
        words: ["none", "private", "shareable", "host"],
      },
    },
  }),
  uts: string({ runs: { values: ["host"] } }),
  userns_mode: string({ runs: { values: ["host"] } }),
  cgroup: oneOf("host", "private"),
  cgroup_parent: string(),
  use_api_socket: refused(
    strictBoolean(),
    "the credentials that come with it are not on the host",
    'mount the socket: volumes: ["/var/run/docker.sock:/var/run/docker.sock"]',
  ),
};
