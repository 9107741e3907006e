import { parseExposed } from "../forms/ports.ts";
import { mostContainers, replicasOf } from "../replicas.ts";
import type { Path } from "../tree/node.ts";
import { shownValue } from "../tree/within.ts";
import type { Draft, DraftService, Reporting } from "../stages/draft.ts";

/** Refuses what no host has room for: one word of a file stands for any number of containers or ports. */
export function checkCapacity({ services = {} }: Draft, reporting: Reporting): void {
  checkContainers(services, reporting);
  checkExposedPorts(services, reporting);
}

type Services = Readonly<Record<string, DraftService>>;

function checkContainers(services: Services, reporting: Reporting): void {
  let left = mostContainers;
  for (const [name, service] of Object.entries(services)) {
    left -= replicasOf(service);
    if (left >= 0) continue;
    const { scale, deploy } = service;
    const key = scale === undefined && deploy?.replicas !== undefined ? ["deploy", "replicas"] : ["scale"];
    report(reporting, ["services", name, ...key], {
      message: `up to services.${name}, the app has more than ${mostContainers} containers`,
      hint: replicasOf(service) > 1 ? "ask for fewer replicas" : "divide it into several apps",
    });
    return;
  }
}

/** All ports of an address, of both protocols. */
const mostExposed = 2 * 65_536;

function checkExposedPorts(services: Services, reporting: Reporting): void {
  let left = mostExposed;
  for (const [name, { expose = [] }] of Object.entries(services)) {
    for (const [index, item] of expose.entries()) {
      const ports = parseExposed(item);
      if (ports === undefined) continue;
      const path = ["services", name, "expose", index];
      if (ports.end < ports.start) {
        const shown = shownValue(reporting.locate(path, "value"), item);
        report(reporting, path, { message: `"${shown}" ends before it begins`, hint: 'write "FIRST-LAST"' });
        continue;
      }
      left -= ports.end - ports.start + 1;
      if (left >= 0) continue;
      report(reporting, path, {
        message: `up to services.${name}, the app exposes more than ${mostExposed} ports`,
        hint: "name those that a container listens on",
      });
      return;
    }
  }
}

function report(
  { diagnostics, locate }: Reporting,
  path: Path,
  finding: { readonly message: string; readonly hint: string },
): void {
  diagnostics.error(locate(path, "value"), path, { code: "invalid-value", ...finding });
}
