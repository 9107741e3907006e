import type { Finding } from "../tree/diagnostics.ts";
import { own } from "../own.ts";
import type { EntryPart, Path } from "../tree/node.ts";
import { shownValue } from "../tree/within.ts";
import { isUnknown } from "../unknown.ts";
import type { Draft, DraftService, Reporting } from "../stages/draft.ts";
import { imageNameProblem } from "../forms/image-names.ts";
import { checkLogOptions, checkTmpfsOptions } from "./engine-options.ts";

/** Refuses what Docker Engine makes no container of, where several parts of a file tell. The rules of one key are in its shape. */
export function checkEngineRules(draft: Draft, reporting: Reporting): void {
  for (const [name, service] of Object.entries(draft.services ?? {})) {
    checkImageName(name, service, reporting);
    checkAddresses(name, service, draft, reporting);
    checkLogOptions(name, service, reporting);
    checkTmpfsOptions(name, service, reporting);
    checkHostNetwork(name, service, reporting);
  }
  checkVolumeNames(draft, reporting);
  checkNetworkNames(draft, reporting);
}

/** Docker compose takes any text for one. */
function checkImageName(name: string, { image = "" }: DraftService, reporting: Reporting): void {
  const problem = image === "" || isUnknown(image) ? undefined : imageNameProblem(image);
  if (problem === undefined) return;
  const path = ["services", name, "image"];
  report(reporting, path, "value", {
    code: "invalid-value",
    message: `services.${name}.image: no image can be called "${shownValue(reporting.locate(path, "value"), image)}": ${problem.reason}`,
    hint: problem.hint,
    from: [path],
  });
}

/** Source: moby, volume/local/local.go, `validateName`; a name is that of a folder. */
const volumeName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,254}$/;

/** Other drivers have rules of their own, and so has what is there already. */
function checkVolumeNames({ volumes = {} }: Draft, reporting: Reporting): void {
  for (const [key, volume] of Object.entries(volumes)) {
    const { name = "", driver = "", external } = volume ?? {};
    const path = ["volumes", key, "name"];
    if (external === true || !["", "local"].includes(driver) || isUnknown(name) || volumeName.test(name)) continue;
    report(reporting, path, "value", {
      code: "invalid-value",
      message: `volumes.${key}.name must be 2 to 255 letters, digits, '_', '.' and '-', of which the first is a letter or a digit, not "${shownValue(reporting.locate(path, "value"), name)}"`,
      hint: /[/~]/.test(name)
        ? "a folder of the host is a bind mount: volumes: [FOLDER:TARGET] of the service"
        : undefined,
      from: [path],
    });
  }
}

/** Source: moby, runconfig/hostconfig_unix.go, `IsPreDefinedNetwork`. */
const predefinedNetworks: ReadonlySet<string> = new Set(["bridge", "host", "none", "default"]);

function checkNetworkNames({ networks = {} }: Draft, reporting: Reporting): void {
  for (const [key, network] of Object.entries(networks)) {
    const { name = "", external } = network ?? {};
    if (external === true || !predefinedNetworks.has(name)) continue;
    report(reporting, ["networks", key, "name"], "value", {
      code: "not-supported",
      message: `networks.${key}.name: "${name}" is not supported: Docker Engine has a network of this name itself`,
      hint: "give it another name, or write network_mode in the service",
    });
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
      if (address === "" || isUnknown(address) || subnets.some((subnet) => isUnknown(subnet) || subnet.includes(mark)))
        continue;
      report(reporting, path, "value", {
        code: "not-supported",
        message: `services.${name}.networks.${key}.${field} is not supported: networks.${key} has no subnet of its own for it`,
        hint: `give it one: networks: { ${key}: { ipam: { config: [{ subnet: ${mark === "." ? "172.30.0.0/24" : "fd00:1::/64"} }] } } }`,
        from: [path, ["services", name, "networks", key], ["networks", key]],
      });
    }
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
