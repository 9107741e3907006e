import type { Finding } from "../tree/diagnostics.ts";
import { own } from "../own.ts";
import type { EntryPart, Path } from "../tree/node.ts";
import { isUnknown } from "../unknown.ts";
import type { Draft, DraftService, Reporting } from "../stages/draft.ts";
import { nearest } from "../stages/nearest.ts";

/** Refuses what Docker Engine makes no container of, where several parts of a file tell. The rules of one key are in its shape. */
export function checkEngineRules(draft: Draft, reporting: Reporting): void {
  for (const [name, service] of Object.entries(draft.services ?? {})) {
    checkAddresses(name, service, draft, reporting);
    checkLogOptions(name, service, reporting);
    checkHostNetwork(name, service, reporting);
  }
}

/** Source: moby, daemon/container_operations.go, `validateNetworkingConfig` and `hasUserDefinedIPAddress`. */
function checkAddresses(name: string, { networks = {} }: DraftService, draft: Draft, reporting: Reporting): void {
  for (const [key, attachment] of Object.entries(networks)) {
    const network = own(draft.networks ?? {}, key);
    // What is not ours has the subnets that it has; other drivers of addresses have rules of their own.
    if (network?.external === true || !["default", ""].includes(network?.ipam?.driver ?? "")) continue;
    const subnets = network?.ipam?.config?.flatMap(({ subnet = "" }) => (subnet === "" ? [] : [subnet])) ?? [];
    for (const [field, mark] of [
      ["ipv4_address", "."],
      ["ipv6_address", ":"],
    ] as const) {
      const address = attachment?.[field] ?? "";
      const path = ["services", name, "networks", key, field];
      if (reporting.diagnostics.hasErrorAt(path)) continue;
      if (address === "" || isUnknown(address) || subnets.some((subnet) => isUnknown(subnet) || subnet.includes(mark)))
        continue;
      report(reporting, path, "value", {
        code: "not-supported",
        message: `services.${name}.networks.${key}.${field} is not supported: networks.${key} has no subnet of its own for it`,
        hint: `give it one: networks: { ${key}: { ipam: { config: [{ subnet: ${mark === "." ? "172.30.0.0/24" : "fd00:1::/64"} }] } } }`,
      });
    }
  }
}

/** Source: moby, daemon/logger: factory.go, jsonfilelog/jsonfilelog.go, local/config.go. */
const ofEveryDriver = [
  "mode",
  "max-buffer-size",
  "cache-disabled",
  "cache-max-size",
  "cache-max-file",
  "cache-compress",
];
const rotation = ["max-size", "max-file", "compress"];
const logOptions: Readonly<Record<string, readonly string[]>> = {
  "json-file": [...rotation, "labels", "labels-regex", "env", "env-regex", "tag", ...ofEveryDriver],
  local: [...rotation, ...ofEveryDriver],
};

function checkLogOptions(name: string, { logging }: DraftService, reporting: Reporting): void {
  const known = own(logOptions, logging?.driver ?? "");
  if (known === undefined) return;
  for (const option of Object.keys(logging?.options ?? {})) {
    if (known.includes(option)) continue;
    report(reporting, ["services", name, "logging", "options", option], "key", {
      code: "not-supported",
      message: `"${option}" is not supported: ${logging?.driver ?? ""} has no such option`,
      suggestion: nearest(option, known),
    });
  }
}

/** Source: runc, libcontainer/configs/validate/validator.go, `sysctl`. */
function checkHostNetwork(
  name: string,
  { network_mode: mode, sysctls = {} }: DraftService,
  reporting: Reporting,
): void {
  if (mode !== "host") return;
  for (const setting of Object.keys(sysctls)) {
    if (!/^net[./]/.test(setting)) continue;
    report(reporting, ["services", name, "sysctls", setting], "key", {
      code: "not-supported",
      message: `"${setting}" is not supported: with network_mode: host it is a setting of the host`,
      hint: "set it on the host, or remove network_mode",
    });
  }
}

function report({ diagnostics, locate }: Reporting, path: Path, part: EntryPart, finding: Finding): void {
  diagnostics.error(locate(path, part), path, finding);
}
