import type { Lookup } from "../interpolate/template.ts";
import { cleanPath } from "../forms/mounts.ts";
import type { Dependency, Model, Mount, Service } from "../model.ts";
import type { Draft, DraftService } from "./draft.ts";

/** Fills in what the specification implies: default network, names, defaults of ports, files and dependencies. */
export function normalise(draft: Draft, lookup: Lookup): Model {
  const { services: drafts = {}, networks: declared, volumes, configs, secrets, ...rest } = draft;
  const services = mapValues(drafts, (service) => normaliseService(service, lookup));
  const usesDefault = Object.values(services).some(
    (service) => service.networks !== undefined && Object.hasOwn(service.networks, "default"),
  );
  const networks = usesDefault ? { default: null, ...declared } : declared;
  const named = <R extends { name?: string | undefined; external?: boolean | undefined }>(
    resource: R | null,
    key: string,
  ): R & { name: string } => ({
    ...(resource ?? ({} as R)),
    name: resource?.name ?? (resource?.external === true ? key : `${rest.name}_${key}`),
  });
  return {
    ...rest,
    services,
    ...(networks === undefined ? {} : { networks: mapValues(networks, named) }),
    ...(volumes === undefined ? {} : { volumes: mapValues(volumes, named) }),
    ...(configs === undefined ? {} : { configs: mapValues(configs, named) }),
    ...(secrets === undefined ? {} : { secrets: mapValues(secrets, named) }),
  };
}

function mapValues<A, B>(values: Readonly<Record<string, A>>, change: (value: A, key: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value, key)]));
}

function normaliseService(service: DraftService, lookup: Lookup): Service {
  const rest = withoutEmpty(service);
  const dependencies = { ...rest.depends_on, ...impliedDependencies(rest) };
  return {
    ...rest,
    command: rest.command ?? null,
    entrypoint: rest.entrypoint ?? null,
    ...(rest.environment === undefined ? {} : { environment: resolveEnvironment(rest.environment, lookup) }),
    ...(rest.extra_hosts === undefined ? {} : { extra_hosts: rest.extra_hosts.toSorted() }),
    ...(rest.volumes === undefined ? {} : { volumes: rest.volumes.map(cleanMount) }),
    ...(rest.secrets === undefined ? {} : { secrets: rest.secrets.map(withSecretTarget) }),
    ...(Object.keys(dependencies).length === 0 ? {} : { depends_on: dependencies }),
    ...(rest.pull_policy === "if_not_present" ? { pull_policy: "missing" } : {}),
    ...networksOf(rest),
  };
}

/** An empty list or map says the same as none; an empty command or entrypoint does not. */
function withoutEmpty(service: DraftService): DraftService {
  return Object.fromEntries(
    Object.entries(service).filter(([key, value]) => {
      if (key === "command" || key === "entrypoint" || key.startsWith("x-")) return true;
      return typeof value !== "object" || Object.keys(value ?? {}).length > 0;
    }),
  );
}

function networksOf(service: DraftService): Pick<Service, "networks"> {
  if (service.network_mode !== undefined) return service.networks === undefined ? {} : { networks: service.networks };
  const isEmpty = Object.keys(service.networks ?? {}).length === 0;
  return { networks: isEmpty ? { default: null } : (service.networks ?? {}) };
}

/** A variable without a value takes that of the caller and stays `null` where there is none. */
function resolveEnvironment(
  environment: NonNullable<Service["environment"]>,
  lookup: Lookup,
): NonNullable<Service["environment"]> {
  return mapValues(environment, (value, name) => value ?? lookup(name) ?? null);
}

function cleanMount(mount: Mount): Mount {
  const { bind, ...rest } = { ...mount, target: cleanPath(mount.target) };
  if (bind === undefined) return rest;
  // True is what Compose does by default, and is not written.
  const { create_host_path: create, ...others } = bind;
  return { ...rest, bind: create === false ? { ...others, create_host_path: false } : others };
}

function withSecretTarget<R extends { source: string; target?: string | undefined }>(reference: R): R {
  return { ...reference, target: reference.target ?? `/run/secrets/${reference.source}` };
}

/** Sharing a namespace with a service means to depend on it. */
function impliedDependencies(service: DraftService): Record<string, Dependency> {
  const shared = [service.network_mode, service.ipc, service.pid, service.uts].flatMap((mode) =>
    mode?.startsWith("service:") === true ? [mode.slice("service:".length)] : [],
  );
  const implied: Dependency = { condition: "service_started", restart: true, required: true };
  return Object.fromEntries(
    shared.filter((name) => service.depends_on?.[name] === undefined).map((name) => [name, implied]),
  );
}
