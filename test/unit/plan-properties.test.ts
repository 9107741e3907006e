import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { planApply } from "../../modules/plan/apply.ts";
import { planRemove } from "../../modules/plan/remove.ts";
import { replicasOf } from "../../modules/stackfile/replicas.ts";
import { applyPlan } from "../support/simulate.ts";
import { strategyOf } from "../../modules/plan/strategy.ts";
import { type DesiredState, type ObservedApp, type Plan, planSchema } from "../../modules/plan/types.ts";
import { desiredFrom, nothing } from "../support/app-states.ts";

const names = ["a", "b", "c", "d"] as const;

/** Services in a random graph of dependencies, with everything that decides about order and strategy. */
const stackFile = fc
  .array(
    fc.record({
      present: fc.boolean(),
      tag: fc.constantFrom("1", "2"),
      level: fc.constantFrom("info", "debug"),
      scale: fc.constantFrom(0, 1, 1, 2, 3),
      port: fc.constantFrom(undefined, undefined, "81", "82"),
      volume: fc.constantFrom(undefined, "data:/d", "data:/d:ro", "/own"),
      network: fc.constantFrom(undefined, undefined, ["n"], ["n", "m"], "service"),
      restart: fc.constantFrom("always", "on-failure"),
      healthy: fc.boolean(),
      order: fc.constantFrom(undefined, "start-first", "stop-first"),
      needs: fc.subarray([...names]),
      condition: fc.constantFrom("service_started", "service_completed_successfully"),
      follows: fc.boolean(),
    }),
    { minLength: names.length, maxLength: names.length },
  )
  .chain((services) => fc.record({ services: fc.constant(services), internal: fc.boolean() }))
  .map(({ services, internal }) => toInline(services, internal));

interface Choice {
  readonly present: boolean;
  readonly tag: string;
  readonly level: string;
  readonly scale: number;
  readonly port: string | undefined;
  readonly volume: string | undefined;
  readonly network: string | string[] | undefined;
  readonly restart: string;
  readonly healthy: boolean;
  readonly order: string | undefined;
  readonly needs: readonly string[];
  readonly condition: string;
  readonly follows: boolean;
}

function toInline(choices: readonly Choice[], internal: boolean): Record<string, unknown> {
  const present = names.filter((_, index) => index === 0 || choices[index]!.present);
  const services = present.map((name) => {
    const choice = choices[names.indexOf(name)]!;
    // Only earlier services, so that there is no cycle.
    const needs = choice.needs.filter((other) => other < name && present.some((one) => one === other));
    const shares = choice.network === "service" && needs[0] !== undefined;
    return [
      name,
      {
        image: `${name}:${choice.tag}`,
        environment: { LEVEL: choice.level },
        scale: choice.port === undefined && !shares ? choice.scale : 1,
        restart: choice.restart,
        ...(choice.port === undefined || shares ? {} : { ports: [`${choice.port}:80`] }),
        ...(choice.volume === undefined ? {} : { volumes: [choice.volume] }),
        ...(shares
          ? { network_mode: `service:${needs[0]!}` }
          : Array.isArray(choice.network)
            ? { networks: choice.network }
            : {}),
        ...(choice.healthy ? { healthcheck: { test: "probe" } } : {}),
        ...(choice.order === undefined ? {} : { deploy: { update_config: { order: choice.order } } }),
        depends_on: Object.fromEntries(
          needs.map((other) => [other, { condition: choice.condition, restart: choice.follows }]),
        ),
      },
    ];
  });
  return {
    services: Object.fromEntries(services) as unknown,
    networks: { n: { internal }, m: {} },
    volumes: { data: {} },
  };
}

const state = stackFile.map(desiredFrom);
const acts = ({ steps }: Plan): Plan["steps"] => steps.filter(({ kind }) => kind !== "await-service");
const runs = { numRuns: 100 };

function converge(desired: DesiredState, observed: ObservedApp): ObservedApp {
  return applyPlan(observed, planApply(desired, observed), desired);
}

describe("whatever the stack files", () => {
  it("a plan that was carried out leaves nothing to do", () => {
    fc.assert(
      fc.property(state, state, (first, second) => {
        const host = converge(second, converge(first, nothing));
        expect(acts(planApply(second, host))).toEqual([]);
      }),
      runs,
    );
  });

  it("the host then has what is wanted and nothing else", () => {
    fc.assert(
      fc.property(state, state, (first, second) => {
        const host = converge(second, converge(first, nothing));
        const count = (service: string): number => host.containers.filter((one) => one.service === service).length;
        const wanted = Object.entries(second.model.services);
        expect(Object.fromEntries(wanted.map(([name]) => [name, count(name)]))).toEqual(
          Object.fromEntries(wanted.map(([name, service]) => [name, replicasOf(service)])),
        );
        expect(new Set(host.containers.map(({ name }) => name)).size).toBe(host.containers.length);
        expect(host.containers.filter(({ service }) => second.model.services[service] === undefined)).toEqual([]);
      }),
      runs,
    );
  });

  it("a plan that was cut at any step is finished by the next one", () => {
    fc.assert(
      fc.property(state, state, fc.nat(), (first, second, cut) => {
        const before = converge(first, nothing);
        const plan = planApply(second, before);
        const part = { ...plan, steps: plan.steps.slice(0, cut % (plan.steps.length + 1)) };
        const host = converge(second, applyPlan(before, part, second));
        expect(acts(planApply(second, host))).toEqual([]);
      }),
      runs,
    );
  });

  it("what a step needs stands before it, and ids are unique", () => {
    fc.assert(
      fc.property(state, state, (first, second) => {
        const plan = planApply(second, converge(first, nothing));
        const seen = new Set<string>();
        for (const { id, needs } of plan.steps) {
          expect(needs.filter((need) => !seen.has(need))).toEqual([]);
          expect(seen.has(id)).toBe(false);
          seen.add(id);
        }
        expect(planSchema.parse(plan)).toEqual(plan);
      }),
      runs,
    );
  });

  it("nothing starts while a container that is to go holds its port, its name or its volume", () => {
    fc.assert(
      fc.property(state, state, (first, second) => {
        const before = converge(first, nothing);
        const { steps } = planApply(second, before);
        const needsOf = new Map(steps.map(({ id, needs }) => [id, needs]));
        const reaches = (from: string, to: string): boolean =>
          from === to || (needsOf.get(from) ?? []).some((need) => reaches(need, to));
        for (const step of steps) {
          if (step.kind !== "start-container") continue;
          const ports = second.model.services[step.service]!.ports?.map(({ published }) => Number(published)) ?? [];
          const holders = before.containers.filter((one) =>
            one.ports.some(({ published }) => ports.includes(published)),
          );
          for (const { name } of holders.filter((one) => one.name !== step.name || one.service !== step.service)) {
            const end = steps.find((other) => other.kind === "stop-container" && other.name === name);
            if (end !== undefined) expect(reaches(step.id, end.id)).toBe(true);
          }
        }
        for (const step of steps) {
          if (step.kind !== "create-container") continue;
          if (strategyOf(second.model.services[step.service]!, []).order !== "stop-first") continue;
          const old = steps.find((other) => other.kind === "remove-container" && other.name === step.name);
          if (old !== undefined) expect(reaches(step.id, old.id)).toBe(true);
        }
      }),
      runs,
    );
  });

  it("no plan deletes a volume that was not named", () => {
    fc.assert(
      fc.property(state, state, (first, second) => {
        const host = converge(first, nothing);
        const named = new Set(host.volumes.map(({ name }) => name));
        const all = [...planApply(second, host).steps, ...planRemove("shop", host, []).steps];
        expect(all.filter((step) => step.kind === "remove-volume" && named.has(step.name))).toEqual([]);
      }),
      runs,
    );
  });

  it("anonymous volumes stay with their service, and its containers have the numbers that go on with them", () => {
    fc.assert(
      fc.property(state, state, (first, second) => {
        const before = converge(first, nothing);
        const host = converge(second, before);
        const isWanted = ({ service }: { service: string }): boolean => second.model.services[service] !== undefined;
        expect(host.anonymousVolumes).toEqual(expect.arrayContaining(before.anonymousVolumes.filter(isWanted)));
        expect(host.anonymousVolumes.filter((volume) => !isWanted(volume))).toEqual([]);
        for (const { service, number } of before.anonymousVolumes.filter(isWanted)) {
          const numbers = host.containers.filter((one) => one.service === service).map((one) => one.number);
          expect(number > numbers.length || numbers.includes(number)).toBe(true);
        }
      }),
      runs,
    );
  });

  it("a removed app leaves its named volumes only", () => {
    fc.assert(
      fc.property(state, (first) => {
        const host = converge(first, nothing);
        const left = applyPlan(host, planRemove("shop", host, []), first);
        expect(left).toMatchObject({
          containers: [],
          networks: [],
          volumes: host.volumes,
          anonymousVolumes: [],
        });
      }),
      runs,
    );
  });
});
