import { StackhouseError } from "../../base/errors.ts";
import type { DeployedApp } from "./state.ts";

/**
 * The one that is meant: the named one, or the only one.
 *
 * @throws `input.invalid` with the names that there are
 */
export function select<T extends { readonly name: string }>(
  all: readonly T[],
  wanted: { readonly name: string | undefined; readonly option: "--app" | "--host" },
): T {
  const { name, option } = wanted;
  const kind = option === "--app" ? "app" : "host";
  const [only] = all;
  if (only === undefined) {
    throw new StackhouseError("app.not-found", `no ${kind} is deployed`, { hint: "stackhouse up deploys it" });
  }
  const names = all.map((one) => one.name).join(", ");
  if (name === undefined) {
    if (all.length === 1) return only;
    throw new StackhouseError("input.invalid", `there are several ${kind}s: ${names}`, {
      hint: `choose one with ${option} NAME`,
    });
  }
  const found = all.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new StackhouseError("input.invalid", `there is no ${kind} ${name}`, { hint: `there is: ${names}` });
}

/** @throws `input.invalid` for a service that the app does not have */
export function requireServices(app: DeployedApp, services: readonly string[]): void {
  const known = Object.keys(app.services);
  const unknown = services.filter((service) => !known.includes(service));
  if (unknown.length === 0) return;
  throw new StackhouseError("input.invalid", `${app.name} has no service ${unknown.join(", ")}`, {
    hint: `it has: ${known.join(", ")}`,
  });
}
