import { StackhouseError } from "../../base/errors.ts";
import { appTitle } from "./app-title.ts";
import type { Deployed, DeployedApp, DeployedHost } from "./state.ts";

/**
 * The host that is meant: the named one, or the only one.
 *
 * @throws `input.invalid` with the names that there are
 */
export function selectHost(hosts: readonly DeployedHost[], name: string | undefined): DeployedHost {
  const meant = name === undefined ? hosts : hosts.filter((host) => host.name === name);
  const all = hosts.map((host) => host.name);
  return single(meant, { kind: "host", named: name ?? "", option: "--host", all, found: all });
}

/**
 * The app that is meant: the one of that name on that host, by its own name or by that of its resource in the program; or the
 * only one.
 *
 * @throws `input.invalid` with the names that there are
 */
export function selectApp(
  { apps, hosts }: Pick<Deployed, "apps" | "hosts">,
  wanted: { readonly app?: string; readonly host?: string },
): DeployedApp {
  const host = wanted.host === undefined ? undefined : selectHost(hosts, wanted.host);
  const near = host === undefined ? apps : apps.filter((app) => app.hostId === host.hostId);
  const called = near.filter(({ resource }) => resource === wanted.app);
  const named = near.filter(({ name }) => wanted.app === undefined || name === wanted.app);
  const found = called.length > 0 ? called : named;
  const titles = (of: readonly DeployedApp[]): readonly string[] => of.map((app) => appTitle(app, near));
  const where = host === undefined ? "" : ` on ${host.name}`;
  return single(found, {
    kind: "app",
    named: `${wanted.app ?? ""}${where}`,
    option: "--app",
    all: titles(near),
    found: titles(found),
  });
}

interface Choice {
  readonly kind: "app" | "host";
  /** What was asked for; empty where nothing was. */
  readonly named: string;
  readonly option: "--app" | "--host";
  /** Names of all that there are, and of those that are meant. */
  readonly all: readonly string[];
  readonly found: readonly string[];
}

function single<T>(meant: readonly T[], { kind, named, option, all, found }: Choice): T {
  const [first, ...more] = meant;
  if (all.length === 0) {
    throw new StackhouseError("app.not-found", `no ${kind} is deployed`, { hint: "stackhouse up deploys it" });
  }
  if (first === undefined) {
    throw new StackhouseError("input.invalid", `there is no ${kind} ${named}`, { hint: `there is: ${all.join(", ")}` });
  }
  if (more.length === 0) return first;
  throw new StackhouseError(
    "input.invalid",
    `there are several ${kind}s${named === "" ? "" : ` ${named}`}: ${found.join(", ")}`,
    {
      hint: `choose one with ${option} NAME`,
    },
  );
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
