import type { Check } from "../check.ts";

/** Warns of ports of a service that has no network of its own to publish them from: the engine drops them. */
export function warnOfUnpublishedPorts({ draft, warning }: Check): void {
  for (const [name, { network_mode: mode, ports = [] }] of Object.entries(draft.services ?? {})) {
    if (ports.length === 0 || (mode !== "host" && mode !== "none")) continue;
    warning(["services", name, "ports"], {
      code: "no-effect",
      message: `services.${name} publishes no ports: its network_mode is ${mode}`,
      hint:
        mode === "host" ? "its ports are those of the host already: remove ports" : "remove network_mode, or the ports",
    });
  }
}
