import { grouped } from "../base/grouped.ts";
import { containerPartsOf } from "../stackfile/container-parts.ts";
import { explainChange } from "../stackfile/explain-change.ts";
import type { Service } from "../stackfile/model.ts";
import { own } from "../stackfile/own.ts";
import { replicasOf } from "../stackfile/replicas.ts";
import type { Lifecycles } from "./lifecycle.ts";
import { ownersOf } from "./owners.ts";
import { type Strategy, strategyOf } from "./strategy.ts";
import type { DesiredState, ObservedApp, ObservedContainer } from "./types.ts";

/** A container with the reason why something happens to it. */
export interface Cause {
  readonly container: ObservedContainer;
  readonly reason: string;
}

export interface NewContainer {
  readonly number: number;
  readonly name: string;
  readonly reason: string;
  /** The container whose place it takes. */
  readonly replaces: ObservedContainer | undefined;
  /** Where it has an anonymous volume with the data of the container that had its number. */
  readonly inherits: readonly string[];
}

/** What is to happen with the containers of one service; not yet when. */
export interface Assessment {
  readonly service: string;
  readonly definition: Service;
  readonly strategy: Strategy;
  readonly wanted: number;
  /** Right as they are, apart from being started or restarted. */
  readonly keep: readonly ObservedContainer[];
  readonly start: readonly Cause[];
  readonly restart: readonly Cause[];
  readonly create: readonly NewContainer[];
  readonly remove: readonly Cause[];
}

export interface AssessContext {
  readonly desired: DesiredState;
  readonly previous: DesiredState | undefined;
  readonly observed: ObservedApp;
  readonly lifecycles: Lifecycles;
  readonly fingerprints: Readonly<Record<string, string>>;
  /** Keys of the networks that are made anew. */
  readonly changedNetworks: ReadonlySet<string>;
  /** The services that come before in the order of dependencies. */
  readonly done: ReadonlyMap<string, Assessment>;
}

export function assess(service: string, definition: Service, context: AssessContext): Assessment {
  const { lifecycles, observed } = context;
  const wanted = replicasOf(definition);
  const found = observed.containers.filter(
    (container) => container.service === service && container.state !== "removing",
  );
  const judged = found.toSorted(byNumber).map((container) => ({
    container,
    reason: whyReplace(container, definition, context) ?? (container.state === "dead" ? "is dead" : undefined),
  }));
  const outdated = judged.flatMap(({ container, reason }) => (reason === undefined ? [] : [{ container, reason }]));
  const current = judged.flatMap(({ container, reason }) => (reason === undefined ? [container] : []));
  const keep = current.slice(0, wanted);
  const excess = current
    .slice(wanted)
    .map((container) => ({ container, reason: `scale ${found.length} -> ${wanted}` }));
  const anonymous = observed.anonymousVolumes.filter((volume) => volume.service === service);
  const strategy = strategyOf(
    definition,
    anonymous.map(({ target }) => target),
  );
  const oneShot = lifecycles.isOneShot(service);
  return {
    service,
    definition,
    strategy,
    wanted,
    keep,
    start: keep.flatMap((container) => whyStart(container, oneShot)),
    restart: keep.flatMap((container) => whyRestart(container, definition, context)),
    create: newContainers({ service, definition, strategy, wanted, keep, outdated, found }, context),
    // Highest number first; of the outdated ones, too, so that the lowest stays longest.
    remove: [...excess.toReversed(), ...outdated.toReversed()],
  };
}

function byNumber(a: ObservedContainer, b: ObservedContainer): number {
  return a.number - b.number || (a.name < b.name ? -1 : 1);
}

/** Why a container is not the one that is wanted; undefined where it is. */
function whyReplace(container: ObservedContainer, definition: Service, context: AssessContext): string | undefined {
  const { service } = container;
  const network = Object.keys(definition.networks ?? {}).find((key) => context.changedNetworks.has(key));
  if (container.fingerprint !== context.fingerprints[service]) return whatChanged(container, definition, context);
  const digest = own(context.observed.images, definition.image ?? "");
  if (digest !== undefined && digest !== container.imageDigest)
    return `image ${definition.image ?? ""} has new content`;
  if (network !== undefined) return `network ${network} changed`;
  const owner = ownersOf(definition).find(({ name }) => (context.done.get(name)?.create.length ?? 0) > 0);
  return owner === undefined ? undefined : `shares ${owner.what} of ${owner.name}, which is made anew`;
}

function whatChanged(container: ObservedContainer, definition: Service, { previous, desired }: AssessContext): string {
  const before = own(previous?.model.services, container.service);
  const changes = before === undefined ? [] : explainChange(containerPartsOf(before), containerPartsOf(definition));
  const all = [...changes, ...contentChanges(definition, previous, desired)];
  if (all.length > 0)
    return all.length > 3 ? `${all.slice(0, 3).join(", ")} and ${all.length - 3} more` : all.join(", ");
  if (container.image !== definition.image) return `image ${container.image} -> ${definition.image ?? ""}`;
  return "definition changed";
}

function contentChanges(
  definition: Service,
  previous: DesiredState | undefined,
  desired: DesiredState,
): readonly string[] {
  if (previous === undefined) return [];
  return (["configs", "secrets"] as const).flatMap((kind) =>
    (definition[kind] ?? []).flatMap(({ source }) => {
      const key = `${kind}/${source}`;
      const before = previous.contentDigests[key];
      const isChanged = before !== undefined && before !== desired.contentDigests[key];
      return isChanged ? [`content of ${kind.slice(0, -1)} ${source} changed`] : [];
    }),
  );
}

function whyStart(container: ObservedContainer, oneShot: boolean): readonly Cause[] {
  const { state, exitCode } = container;
  if (state === "created") return [{ container, reason: "was created and not started" }];
  if (state !== "exited" || (oneShot && exitCode === 0)) return [];
  return [{ container, reason: `ended with exit code ${exitCode ?? "unknown"}` }];
}

function whyRestart(container: ObservedContainer, definition: Service, { done }: AssessContext): readonly Cause[] {
  if (container.state === "paused") return [{ container, reason: "is paused" }];
  if (container.state !== "running" && container.state !== "restarting") return [];
  const updated = Object.entries(definition.depends_on ?? {}).find(
    ([name, { restart }]) =>
      restart === true && (done.get(name)?.create ?? []).some((made) => made.replaces !== undefined),
  )?.[0];
  if (updated !== undefined) return [{ container, reason: `depends on ${updated}, which is replaced` }];
  const owner = ownersOf(definition).find(({ name, what }) => {
    const { start = [], restart = [] } = done.get(name) ?? {};
    // Volumes stay where they are when their container starts again.
    return what === "a namespace" && start.length + restart.length > 0;
  });
  return owner === undefined ? [] : [{ container, reason: `shares a namespace of ${owner.name}, which is started` }];
}

interface Findings extends Pick<Assessment, "service" | "definition" | "strategy" | "wanted" | "keep"> {
  readonly outdated: readonly Cause[];
  readonly found: readonly ObservedContainer[];
}

function newContainers(findings: Findings, context: AssessContext): readonly NewContainer[] {
  const { service, definition, strategy, wanted, keep, outdated, found } = findings;
  const missing = Math.max(0, wanted - keep.length);
  const all = context.observed.containers.filter((container) => container.service === service);
  const leaving = new Set(strategy.order === "start-first" ? [] : outdated.map(({ container }) => container.id));
  const taken = new Set(all.filter(({ id }) => !leaving.has(id)).map(({ number }) => number));
  const isNew = own(context.previous?.model.services, service) === undefined;
  const reasonWithout = (): string => {
    if (found.length > 0) return `scale ${found.length} -> ${wanted}`;
    return isNew ? `service ${service} is new` : `service ${service} has no container`;
  };
  const free = freeNumbers(taken);
  const inherited = inheritedTargets(service, context);
  return Array.from({ length: missing }, (_, index) => {
    const replaced = outdated[index];
    const number =
      strategy.order === "stop-first" && replaced !== undefined && !taken.has(replaced.container.number)
        ? replaced.container.number
        : free();
    taken.add(number);
    return {
      number,
      name: definition.container_name ?? `${context.desired.model.name}-${service}-${number}`,
      reason: replaced?.reason ?? reasonWithout(),
      replaces: replaced?.container,
      inherits: inherited.get(number) ?? [],
    };
  });
}

/** The targets of the anonymous volumes that there are, by the number of the container. */
function inheritedTargets(service: string, { observed }: AssessContext): ReadonlyMap<number, readonly string[]> {
  const volumes = observed.anonymousVolumes.filter((volume) => volume.service === service);
  const byNumber = grouped(volumes, ({ number }) => number);
  return new Map(Array.from(byNumber, ([number, its]) => [number, its.map(({ target }) => target).toSorted()]));
}

/** Gives the lowest number that is not taken, each time a higher one. */
function freeNumbers(taken: ReadonlySet<number>): () => number {
  let number = 0;
  return () => {
    do number += 1;
    while (taken.has(number));
    return number;
  };
}
