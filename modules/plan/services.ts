import type { Assessment, Cause, NewContainer } from "./assess.ts";
import { isAlive, stepIds } from "./ids.ts";
import { type Condition, conditionOf, type Lifecycles, meets } from "./lifecycle.ts";
import type { Obstacles } from "./obstacles.ts";
import { ownersByName, ownersOf } from "./owners.ts";
import type { ObservedContainer, Step } from "./types.ts";

export interface ServicesInput {
  readonly lifecycles: Lifecycles;
  /** In the order of dependencies. */
  readonly assessments: ReadonlyMap<string, Assessment>;
  readonly obstacles: Obstacles;
  /** Ids of the steps before which nothing is stopped. */
  readonly images: readonly string[];
}

/** Steps for the containers of every service of the model. */
export function serviceSteps(input: ServicesInput): readonly Step[] {
  const awaited = awaitedConditions(input);
  return [...input.assessments.values()].flatMap((assessment) => [
    ...containerSteps(assessment, input),
    ...[...(awaited.get(assessment.service) ?? [])].map((condition) => awaitStep(assessment, condition)),
  ]);
}

/** Steps that take a container away. */
export function removalSteps({ container, reason }: Cause, needs: readonly string[]): readonly Step[] {
  const { id: containerId, service, number, name } = container;
  const common = { reason, service, number, name, containerId };
  const stop: Step = { ...common, kind: "stop-container", id: stepIds.stopContainer(name), needs: [...needs] };
  const id = stepIds.removeContainer(name);
  const isStopped = !isAlive(container);
  const remove: Step = { ...common, kind: "remove-container", id, needs: isStopped ? [...needs] : [stop.id] };
  return isStopped ? [remove] : [stop, remove];
}

function containerSteps(assessment: Assessment, input: ServicesInput): readonly Step[] {
  const { obstacles, images } = input;
  const ready = dependenciesReady(assessment, input);
  const objects = objectsOf(assessment);
  const owners = ownersMade(assessment, input);
  const image = [stepIds.ensureImage(assessment.definition.image ?? "")];
  const release = obstacles.beforeStart(assessment);
  const created = assessment.create.flatMap((made) => [
    create(assessment, made, [...image, ...objects, ...owners, ...obstacles.beforeCreate(made.name)]),
    start(assessment, made, made.reason, [stepIds.createContainer(made.name), ...ready, ...release]),
  ]);
  const started = assessment.start.map(({ container, reason }) =>
    start(assessment, container, reason, [...ready, ...release]),
  );
  const restarted = assessment.restart.flatMap(({ container, reason }) => [
    stop(container, reason, [...images, ...ready]),
    start(assessment, container, reason, [stepIds.stopContainer(container.name), ...ready, ...release]),
  ]);
  const successors = successorsOf(assessment);
  const removed = assessment.remove.flatMap((cause) => {
    const successor = successors.get(cause.container.id);
    const needs = [...images, ...beforeStop(cause.container, successor, assessment, input)];
    return removalSteps(withStrategy(cause, successor?.made, assessment), needs);
  });
  return [...created, ...started, ...restarted, ...removed];
}

/** A container that takes the place of one, and the one that is made before it. */
interface Successor {
  readonly made: NewContainer;
  readonly before: NewContainer | undefined;
}

/** By the id of the container whose place is taken. */
function successorsOf({ create: all }: Assessment): ReadonlyMap<string, Successor> {
  return new Map(
    all.flatMap((made, index) =>
      made.replaces === undefined ? [] : [[made.replaces.id, { made, before: all[index - 1] }] as const],
    ),
  );
}

/** What an outdated container waits for before it stops: for its successor, or for what its successor waits for. */
function beforeStop(
  container: ObservedContainer,
  successor: Successor | undefined,
  assessment: Assessment,
  input: ServicesInput,
): readonly string[] {
  if (input.obstacles.isInTheWay(container)) return [];
  const { create: made, strategy, service } = assessment;
  if (strategy.order === "start-first") {
    const isOutdated = made.length > 0 || !isSettled(assessment, input.lifecycles.gateOf(service));
    return isOutdated ? [stepIds.awaitService(service, input.lifecycles.gateOf(service))] : [];
  }
  if (successor === undefined) return [];
  // One replica after the other.
  const { before } = successor;
  const turn = before === undefined ? [] : [stepIds.startContainer(before.name)];
  return [...objectsOf(assessment), ...dependenciesReady(assessment, input), ...turn];
}

function withStrategy(cause: Cause, successor: NewContainer | undefined, { strategy }: Assessment): Cause {
  if (successor === undefined || strategy.order === "start-first") return cause;
  return { ...cause, reason: withInherited(`${cause.reason}; stops first: ${strategy.reason}`, successor) };
}

function withInherited(reason: string, { inherits }: NewContainer): string {
  return inherits.length === 0 ? reason : `${reason}; keeps the data of its anonymous volumes (${inherits.join(", ")})`;
}

/** Ids of the networks and volumes that a service uses; those that exist have no step and drop out. */
function objectsOf({ definition }: Assessment): readonly string[] {
  const networks = Object.keys(definition.networks ?? {}).map(stepIds.createNetwork);
  const volumes = (definition.volumes ?? []).flatMap(({ type, source }) =>
    type === "volume" && source !== undefined ? [stepIds.createVolume(source)] : [],
  );
  return [...networks, ...volumes].toSorted();
}

/** Ids of the steps that make the containers which those of a service share something with. */
function ownersMade({ service, definition }: Assessment, { assessments }: ServicesInput): readonly string[] {
  const services = new Set(ownersOf(definition).map(({ name }) => name));
  const names = new Set(ownersByName(definition));
  // Those that come before it in the order of dependencies: others may wait for it.
  const before = [...assessments.values()].slice(0, [...assessments.keys()].indexOf(service));
  return before.flatMap((other) =>
    other.create
      .filter(({ name }) => services.has(other.service) || names.has(name))
      .map(({ name }) => stepIds.createContainer(name)),
  );
}

/** Ids of the waits for what a service depends on. */
function dependenciesReady({ definition }: Assessment, { assessments }: ServicesInput): readonly string[] {
  return dependenciesOf(definition).flatMap(({ name, condition }) => {
    const dependency = assessments.get(name);
    if (dependency === undefined || isSettled(dependency, condition)) return [];
    return [stepIds.awaitService(name, condition)];
  });
}

function dependenciesOf(definition: Assessment["definition"]): readonly { name: string; condition: Condition }[] {
  return Object.entries(definition.depends_on ?? {})
    .map(([name, { condition }]) => ({ name, condition: conditionOf(condition) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Whether a service has nothing ahead of it and meets a condition as it was observed. */
function isSettled(assessment: Assessment, condition: Condition): boolean {
  return !isChanging(assessment) && assessment.keep.every((container) => meets(container, condition));
}

function isChanging({ create: made, start: started, restart }: Assessment): boolean {
  return made.length + started.length + restart.length > 0;
}

/** The conditions to wait for by service: what its dependents need, and what makes the app complete. */
function awaitedConditions(input: ServicesInput): ReadonlyMap<string, ReadonlySet<Condition>> {
  const awaited = new Map<string, Set<Condition>>();
  const add = (service: string, condition: Condition): void => {
    const assessment = input.assessments.get(service);
    if (assessment === undefined || isSettled(assessment, condition)) return;
    awaited.set(service, (awaited.get(service) ?? new Set()).add(condition));
  };
  for (const assessment of input.assessments.values()) {
    add(assessment.service, input.lifecycles.gateOf(assessment.service));
    if (!isChanging(assessment)) continue;
    for (const { name, condition } of dependenciesOf(assessment.definition)) add(name, condition);
  }
  return awaited;
}

function awaitStep(assessment: Assessment, condition: Condition): Step {
  const { service, create: made, start: started, restart } = assessment;
  const names = [...made, ...[...started, ...restart].map(({ container }) => container)].map(({ name }) => name);
  return {
    kind: "await-service",
    id: stepIds.awaitService(service, condition),
    reason: isChanging(assessment) ? `until it is ${condition}` : `is not ${condition} yet`,
    needs: names.map(stepIds.startContainer),
    service,
    condition,
  };
}

function create({ service }: Assessment, made: NewContainer, needs: readonly string[]): Step {
  const { number, name } = made;
  const reason = withInherited(made.reason, made);
  const id = stepIds.createContainer(name);
  return { kind: "create-container", id, reason, needs: [...needs], service, number, name };
}

function start(
  { service }: Assessment,
  { number, name }: { readonly number: number; readonly name: string },
  reason: string,
  needs: readonly string[],
): Step {
  const id = stepIds.startContainer(name);
  return { kind: "start-container", id, reason, needs: [...needs], service, number, name };
}

function stop(container: ObservedContainer, reason: string, needs: readonly string[]): Step {
  const { id: containerId, service, number, name } = container;
  const id = stepIds.stopContainer(name);
  return { kind: "stop-container", id, reason, needs: [...needs], service, number, name, containerId };
}
