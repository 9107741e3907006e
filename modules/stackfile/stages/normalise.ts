import { own } from "../own.ts";
import type { Lookup } from "../interpolate/template.ts";
import { cleanPath } from "../forms/mounts.ts";
import type { Dependency, Mount, Service } from "../model.ts";
import { type Build, type Draft, type DraftService, mapServices } from "./draft.ts";

/** Fills in what the specification implies: default network, names, dependencies, values of variables. */
export function normalise(draft: Draft, lookup: Lookup): Draft {
  const withServices = mapServices(draft, (service) => normaliseService(service, lookup));
  const usesDefault = Object.values(withServices.services ?? {}).some(
    ({ networks, network_mode: mode }) => mode === undefined && Object.hasOwn(networks ?? {}, "default"),
  );
  const declared = draft.networks;
  const networks = usesDefault ? { default: null, ...declared } : declared;
  const named = <R extends { name?: string | undefined; external?: boolean | undefined }>(
    resource: R | null,
    key: string,
  ): R & { name: string } => ({
    ...(resource ?? ({} as R)),
    name: resource?.name ?? (isExternal(resource?.external) ? key : `${draft.name}_${key}`),
  });
  return {
    ...withServices,
    ...(networks === undefined ? {} : { networks: mapValues(networks, named) }),
    ...(draft.volumes === undefined ? {} : { volumes: mapValues(draft.volumes, named) }),
    ...(draft.configs === undefined ? {} : { configs: mapValues(draft.configs, named) }),
    ...(draft.secrets === undefined ? {} : { secrets: mapValues(draft.secrets, named) }),
  };
}

/** A flag is a word where variables are not put in. */
function isExternal(flag: unknown): boolean {
  return flag === true || flag === "true";
}

function mapValues<A, B>(values: Readonly<Record<string, A>>, change: (value: A, key: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value, key)]));
}

function normaliseService(service: DraftService, lookup: Lookup): DraftService {
  const dependencies = { ...service.depends_on, ...impliedDependencies(service) };
  return {
    ...service,
    ...(service.environment === undefined ? {} : { environment: resolveVariables(service.environment, lookup) }),
    ...(service.build === undefined ? {} : { build: normaliseBuild(service.build, lookup) }),
    ...(service.volumes === undefined ? {} : { volumes: service.volumes.map(cleanMount) }),
    ...(service.pre_start === undefined ? {} : { pre_start: withImages(service.pre_start, service.image) }),
    ...(Object.keys(dependencies).length === 0 ? {} : { depends_on: dependencies }),
    ...(service.pull_policy === "if_not_present" ? { pull_policy: "missing" } : {}),
    ...networksOf(service),
  };
}

/** What was given and is empty has no default and is nothing: paths of a build, a network mode, the image of a hook. So are arguments without values. */
export function withoutEmptyKeys(draft: Draft): Draft {
  return mapServices(draft, ({ build, network_mode: mode, pre_start: hooks, ...rest }) => ({
    ...rest,
    ...(hooks === undefined ? {} : { pre_start: hooks.map(withoutEmptyImage) }),
    ...(build === undefined ? {} : { build: withoutEmptyParts(build) }),
    ...(mode === undefined || mode === "" ? {} : { network_mode: mode }),
  }));
}

function withoutEmptyImage<Hook extends { readonly image?: string }>({ image, ...hook }: Hook): Omit<Hook, "image"> {
  return image === undefined || image === "" ? hook : { ...hook, image };
}

function withoutEmptyParts(build: Build): Build {
  const isEmpty = (key: string, value: unknown): boolean =>
    value === "" || (key === "args" && Object.keys(build.args ?? {}).length === 0);
  return Object.fromEntries(Object.entries(build).filter(([key, value]) => !isEmpty(key, value)));
}

/** The scale is that of the deployment, too. Two that differ are left for the checks to find. */
export function withScale(draft: Draft): Draft {
  return mapServices(draft, (service) => {
    const { deploy, scale } = service;
    if (deploy === undefined || scale === undefined) return service;
    return { ...service, deploy: { ...deploy, replicas: deploy.replicas ?? scale } };
  });
}

function networksOf(service: DraftService): Pick<Service, "networks"> {
  if (service.provider !== undefined || service.network_mode !== undefined) return {};
  return Object.keys(service.networks ?? {}).length > 0 ? {} : { networks: { default: null } };
}

type NamedValues = Readonly<Record<string, string | null>>;

/**
 * A variable without a value takes that of the caller and stays `null` where there is none. A list of variables, as it is
 * where none was put in yet, stays one.
 */
function resolveVariables(variables: NamedValues, lookup: Lookup): NamedValues {
  if (Array.isArray(variables)) return variables.map((item) => resolveItem(item, lookup)) as unknown as NamedValues;
  return mapValues(variables, (value, name) => value ?? lookup(name) ?? null);
}

function resolveItem(item: unknown, lookup: Lookup): unknown {
  if (typeof item !== "string" || item.includes("=")) return item;
  const value = lookup(item);
  return value === undefined ? item : `${item}=${value}`;
}

function normaliseBuild(build: Build, lookup: Lookup): Build {
  const args = resolveVariables(build.args ?? {}, lookup);
  const hasDockerfile = build.dockerfile !== undefined || build.dockerfile_inline !== undefined;
  return {
    ...build,
    context: build.context ?? ".",
    ...(hasDockerfile ? {} : { dockerfile: "Dockerfile" }),
    ...(build.args === undefined ? {} : { args: withoutNulls(args) }),
  };
}

/** A build gets no argument that nobody gives a value; of a list of such, nothing is left. */
function withoutNulls(args: NamedValues): NamedValues {
  if (Array.isArray(args)) {
    const given = args.filter((item) => String(item).includes("="));
    return (given.length === 0 ? null : given) as unknown as NamedValues;
  }
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
}

function withImages(hooks: NonNullable<DraftService["pre_start"]>, image: string | undefined): typeof hooks {
  return image === undefined ? hooks : hooks.map((hook) => ({ ...hook, image: hook.image ?? image }));
}

function cleanMount(mount: Mount): Mount {
  // A short form with variables that are not put in yet.
  if (typeof mount === "string") return mount;
  // An empty one was left out, and is the working directory.
  return { ...mount, target: cleanPath((mount as Partial<Mount>).target ?? "") };
}

/** To share a namespace, a network name or volumes with a service means to depend on it. */
function impliedDependencies(service: DraftService): Record<string, Dependency> {
  const linked = (service.links ?? []).map((link) => {
    const parts = link.split(":");
    return parts.length === 2 ? (parts[0] ?? link) : link;
  });
  const shared = [service.network_mode, service.ipc, service.pid, service.uts, service.cgroup].flatMap((mode) =>
    mode?.startsWith("service:") === true ? [mode.slice("service:".length)] : [],
  );
  const mounted = (service.volumes_from ?? []).flatMap((name) =>
    name.startsWith("container:") ? [] : [name.split(":")[0] ?? name],
  );
  const implied: Dependency = { condition: "service_started", restart: true, required: true };
  const loose: Dependency = { condition: "service_started", required: true };
  const all = [
    ...mounted.map((name) => [name, loose] as const),
    ...[...linked, ...shared].map((name) => [name, implied] as const),
  ];
  return Object.fromEntries(all.filter(([name]) => own(service.depends_on, name) === undefined));
}

/**
 * An empty `network_mode` is none, and the service has no networks either. It joins the default network nevertheless, where the app
 * has one. Source: docker compose, pkg/compose/create.go, `defaultNetworkSettings`; its `config` does not show it.
 */
export function joinDefaultNetwork(draft: Draft): Draft {
  if (!Object.hasOwn(draft.networks ?? {}, "default")) return draft;
  return mapServices(draft, (service) =>
    service.networks === undefined && service.network_mode === undefined
      ? { ...service, networks: { default: null } }
      : service,
  );
}
