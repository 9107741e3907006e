import { parseBytes } from "../forms/bytes.ts";
import { own } from "../own.ts";
import type { Path } from "../tree/node.ts";
import { shownValue } from "../tree/within.ts";
import { isUnknown } from "../unknown.ts";
import type { DraftService, Reporting } from "../stages/draft.ts";
import { nearest } from "../stages/nearest.ts";

/** What the value of an option must be. */
interface Rule {
  readonly isIt: (value: string) => boolean;
  /** As in "must be …". */
  readonly expected: string;
}

const matching = (pattern: RegExp, expected: string): Rule => ({ isIt: (value) => pattern.test(value), expected });

/** Source: moby, daemon/pkg/mounts or pkg/mount, `validFlags`; those of `bind` and `remount` mount nothing new. */
const tmpfsFlags: ReadonlySet<string> = new Set(
  (
    "defaults ro rw suid nosuid dev nodev exec noexec sync async dirsync mand nomand atime noatime diratime nodiratime rbind " +
    "unbindable runbindable private rprivate shared rshared slave rslave relatime norelatime strictatime nostrictatime"
  ).split(" "),
);

const number = String.raw`(?:0x[\da-f]+|\d+)`;
const userId = matching(new RegExp(`^${number}$`, "i"), "a number");
const count = matching(new RegExp(`^${number}[kmgtpe]?$`, "i"), 'a number such as "5k"');

/** Source: https://man7.org/linux/man-pages/man5/tmpfs.5.html; those that moby lets through. */
const tmpfsValues: Readonly<Record<string, Rule>> = {
  size: matching(new RegExp(`^${number}[kmgtpe]?%?$`, "i"), 'a size such as "64m" or "50%"'),
  mode: matching(/^[0-7]+$/, 'permissions in octal such as "1777"'),
  uid: userId,
  gid: userId,
  nr_inodes: count,
  nr_blocks: count,
  mpol: matching(/./, "a policy of memory"),
};

/** Refuses options of file systems in memory that the engine or the kernel does not know. */
export function checkTmpfsOptions(name: string, { tmpfs = [] }: DraftService, reporting: Reporting): void {
  tmpfs.forEach((mount, index) => {
    const path = ["services", name, "tmpfs", index];
    const colon = mount.indexOf(":");
    if (colon === -1 || isUnknown(mount) || reporting.diagnostics.hasErrorAt(path)) return;
    const options = mount.slice(colon + 1);
    if (options === "") return;
    for (const option of options.split(","))
      checkTmpfsOption(option, `services.${name}.tmpfs[${index}]`, path, reporting);
  });
}

function checkTmpfsOption(option: string, subject: string, path: Path, { diagnostics, locate }: Reporting): void {
  if (tmpfsFlags.has(option)) return;
  const [key = "", ...after] = option.split("=");
  const rule = own(tmpfsValues, key);
  const value = after.join("=");
  if (rule !== undefined && after.length > 0 && rule.isIt(value)) return;
  const place = locate(path, "value");
  const shown = shownValue(place, option);
  diagnostics.error(place, path, {
    code: "invalid-value",
    ...(rule === undefined
      ? {
          message: `${subject}: "${shown}" is not an option of tmpfs`,
          suggestion: nearest(key, [...tmpfsFlags, ...Object.keys(tmpfsValues)]),
        }
      : { message: `${subject}: ${key} must be ${rule.expected}, not "${shownValue(place, value)}"` }),
  });
}

const bytes: Rule = { isIt: (value) => (parseBytes(value) ?? -1n) >= 0n, expected: 'a size such as "10m"' };
const boolean = matching(/^(?:[tT]|TRUE|[tT]rue|1|[fF]|FALSE|[fF]alse|0)$/, "true or false");
const files = matching(/^[+]?0*[1-9]\d*$/, "a number above 0");
const anything = matching(/^/, "a text");

/** Source: moby, daemon/logger: factory.go, jsonfilelog/jsonfilelog.go, local/config.go, loggerutils/cache. */
const ofEveryDriver: Readonly<Record<string, Rule>> = {
  mode: matching(/^(?:blocking|non-blocking)?$/, "blocking or non-blocking"),
  "max-buffer-size": bytes,
  "cache-disabled": boolean,
  "cache-max-size": bytes,
  "cache-max-file": files,
  "cache-compress": boolean,
};
const rotation: Readonly<Record<string, Rule>> = {
  "max-size": { ...bytes, isIt: (value) => value === "-1" || bytes.isIt(value) },
  "max-file": files,
  compress: boolean,
};
const described = Object.fromEntries(
  ["labels", "labels-regex", "env", "env-regex", "tag"].map((option) => [option, anything] as const),
);
const logOptions: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  "json-file": { ...rotation, ...described, ...ofEveryDriver },
  local: { ...rotation, ...ofEveryDriver },
};

export function checkLogOptions(name: string, { logging }: DraftService, { diagnostics, locate }: Reporting): void {
  const driver = logging?.driver ?? "";
  const known = own(logOptions, driver);
  if (known === undefined) return;
  for (const [option, value] of Object.entries(logging?.options ?? {})) {
    const path = ["services", name, "logging", "options", option];
    const rule = own(known, option);
    if (rule === undefined) {
      diagnostics.error(locate(path, "key"), path, {
        code: "not-supported",
        message: `"${option}" is not supported: ${driver} has no such option`,
        suggestion: nearest(option, Object.keys(known)),
      });
      continue;
    }
    if (isUnknown(value) || rule.isIt(value)) continue;
    const place = locate(path, "value");
    diagnostics.error(place, path, {
      code: "invalid-value",
      message: `services.${name}.logging.options.${option} must be ${rule.expected}, not "${shownValue(place, value)}"`,
    });
  }
}
