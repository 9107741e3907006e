import { own, setOwn } from "../own.ts";
import type { Lookup } from "../interpolate/template.ts";
import { cleanPath } from "../paths.ts";
import type { Dependency, Service } from "../model.ts";
import {
  type Build,
  type BuildOf,
  type Draft,
  type DraftMount,
  type DraftOf,
  type DraftService,
  mapServices,
  type ServiceOf,
  type Template,
  type WrittenValues,
} from "./draft.ts";
import { unmadeList } from "../tree/exact.ts";
import { impliedDependencies, type NamesServices } from "./implied-dependencies.ts";

/** A dependency on a service that has to be there before. */
const started: Dependency = { condition: "service_started", required: true };

/** Fills in what the specification implies: default network, names, dependencies, values of variables. */
export function normalise(draft: Draft, lookup: Lookup): Draft {
  return complete(draft, { resolve: (values) => resolveMap(values, lookup), withoutNulls, mounted: started });
}

/**
 * The same where no variables are put in, and no values are made: lists of variables stay lists, and a
 * flag that is off is there.
 */
export function normaliseTemplate(template: Template, lookup: Lookup): Template {
  return complete(template, {
    resolve: (values: WrittenValues) =>
      isList(values) ? listOf(values.map((item) => resolveItem(item, lookup))) : resolveMap(values, lookup),
    withoutNulls: (values) => (isList(values) ? listOf(values.filter(isGiven)) : withoutNulls(values)),
    mounted: { ...started, restart: false },
  });
}

/** What is done with those values whose form is another one before variables are put in. */
interface Forms<Values> {
  /** A variable without a value takes that of the caller, and stays without one where there is none. */
  readonly resolve: (values: Values) => Values;
  /** A build gets no argument that nobody gives a value. */
  readonly withoutNulls: (values: Values) => Values;
  /** How a service depends on one whose volumes it has. */
  readonly mounted: Dependency;
}

function complete<V>(draft: DraftOf<ServiceOf<V>>, forms: Forms<V>): DraftOf<ServiceOf<V>> {
  const withServices = mapServices(draft, (service) => completeService(service, forms));
  const usesDefault = Object.values(withServices.services ?? {}).some(
    ({ networks, network_mode: mode }) => mode === undefined && Object.hasOwn(networks ?? {}, "default"),
  );
  const declared = draft.networks;
  const networks = usesDefault ? { default: null, ...declared } : declared;
  const nameOf = (resource: Resource, key: string): string =>
    resource.name ?? (isExternal(resource.external) ? key : `${draft.name}_${key}`);
  const { volumes, configs, secrets } = draft;
  const named = <R extends Resource>(resource: R, key: string) => ({ ...resource, name: nameOf(resource, key) });
  return {
    ...withServices,
    ...(networks && { networks: mapValues(networks, (network, key) => named(network ?? {}, key)) }),
    ...(volumes && { volumes: mapValues(volumes, (volume, key) => named(volume ?? {}, key)) }),
    ...(configs && { configs: mapValues(configs, named) }),
    ...(secrets && { secrets: mapValues(secrets, named) }),
  };
}

interface Resource {
  readonly name?: string | undefined;
  readonly external?: boolean | undefined;
}

/** A flag is a word where variables are not put in: one of Go's. */
function isExternal(flag: unknown): boolean {
  return ["1", "t", "T", "true", "TRUE", "True"].includes(String(flag));
}

function mapValues<A, B>(values: Readonly<Record<string, A>>, change: (value: A, key: string) => B): Record<string, B> {
  const changed: Record<string, B> = {};
  for (const [key, value] of Object.entries(values)) setOwn(changed, key, change(value, key));
  return changed;
}

function completeService<V>(service: ServiceOf<V>, forms: Forms<V>): ServiceOf<V> {
  const dependencies = { ...service.depends_on, ...dependenciesOf(service, forms.mounted) };
  return {
    ...service,
    ...(service.environment === undefined ? {} : { environment: forms.resolve(service.environment) }),
    ...(service.build === undefined ? {} : { build: completeBuild(service.build, forms) }),
    ...(service.volumes === undefined ? {} : { volumes: service.volumes.map(cleanMount) }),
    ...(service.pre_start === undefined ? {} : { pre_start: withImages(service.pre_start, service.image) }),
    ...(Object.keys(dependencies).length === 0 ? {} : { depends_on: dependencies }),
    ...(service.pull_policy === "if_not_present" ? { pull_policy: "missing" } : {}),
    ...networksOf(service),
  };
}

/** What was given and is empty has no default and is nothing: paths of a build, a network mode, the image of a hook. So are arguments without values. */
export function withoutEmptyKeys(draft: Draft): Draft {
  return mapServices(draft, (service) => {
    const { build, network_mode: mode, pre_start: hooks, ...rest } = service;
    if (build === undefined && mode !== "" && hooks === undefined) return service;
    return {
      ...rest,
      ...(hooks === undefined ? {} : { pre_start: hooks.map(withoutEmptyImage) }),
      ...(build === undefined ? {} : { build: withoutEmptyParts(build) }),
      ...(mode === undefined || mode === "" ? {} : { network_mode: mode }),
    };
  });
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

function networksOf(service: Pick<DraftService, "provider" | "network_mode" | "networks">): Pick<Service, "networks"> {
  if (service.provider !== undefined || service.network_mode !== undefined) return {};
  return Object.keys(service.networks ?? {}).length > 0 ? {} : { networks: { default: null } };
}

function isList(values: WrittenValues): values is readonly unknown[] {
  return Array.isArray(values);
}

function resolveMap<Value>(
  variables: Readonly<Record<string, Value>>,
  lookup: Lookup,
): Record<string, NonNullable<Value> | string | null> {
  return mapValues(variables, (value, name) => value ?? lookup(name) ?? null);
}

function resolveItem(item: unknown, lookup: Lookup): unknown {
  if (typeof item !== "string" || item.includes("=")) return item;
  const value = lookup(item);
  return value === undefined ? item : `${item}=${value}`;
}

function completeBuild<V>(build: BuildOf<V>, { resolve, withoutNulls: given }: Forms<V>): BuildOf<V> {
  const hasDockerfile = build.dockerfile !== undefined || build.dockerfile_inline !== undefined;
  return {
    ...build,
    context: build.context ?? ".",
    ...(hasDockerfile ? {} : { dockerfile: "Dockerfile" }),
    ...(build.args === undefined ? {} : { args: given(resolve(build.args)) }),
  };
}

function withoutNulls<Value>(args: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
}

function listOf<T>(items: readonly T[]): readonly T[] {
  return items.length === 0 ? unmadeList : items;
}

function isGiven(item: unknown): boolean {
  return String(item).includes("=");
}

function withImages(hooks: NonNullable<DraftService["pre_start"]>, image: string | undefined): typeof hooks {
  return image === undefined || image === "" ? hooks : hooks.map((hook) => ({ ...hook, image: hook.image ?? image }));
}

function cleanMount(mount: DraftMount): DraftMount {
  // An empty one was left out, and is the working directory.
  return { ...mount, target: cleanPath(mount.target ?? "") };
}

/** What other keys imply and `depends_on` does not say itself. Of two ways, the stricter one counts. */
function dependenciesOf(
  service: NamesServices & Pick<DraftService, "depends_on">,
  loose: Dependency,
): Record<string, Dependency> {
  const { mounted, linked, shared } = impliedDependencies(service);
  const strict: Dependency = { ...started, restart: true };
  const all = [
    ...mounted.map(({ target }) => [target, loose] as const),
    ...[...linked, ...shared].map(({ target }) => [target, strict] as const),
  ];
  return Object.fromEntries(all.filter(([target]) => own(service.depends_on, target) === undefined));
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
