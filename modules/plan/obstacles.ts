import type { Assessment } from "./assess.ts";
import { endOf, stepIds } from "./ids.ts";
import type { ObservedContainer } from "./types.ts";

/** Containers on their way out that hold what others need. */
export interface Obstacles {
  /** Whether others wait for this one to go, so that it must not wait for them. */
  readonly isInTheWay: (container: ObservedContainer) => boolean;
  /** What must have ended before a container with these names and ports can be made or started. */
  readonly beforeCreate: (name: string) => readonly string[];
  readonly beforeStart: (assessment: Assessment) => readonly string[];
}

export interface ObstacleInput {
  readonly assessments: readonly Assessment[];
  /** Every container that the plan removes. */
  readonly leaving: readonly ObservedContainer[];
  /** All of them make way, as when a network that they may use is made anew. */
  readonly allMakeWay: boolean;
}

export function findObstacles({ assessments, leaving, allMakeWay }: ObstacleInput): Obstacles {
  const holders = (assessment: Assessment): readonly ObservedContainer[] =>
    leaving.filter((container) => fixedPorts(assessment).some((port) => holds(container, port)));
  const inTheWay = new Set<ObservedContainer>(allMakeWay ? leaving : []);
  for (const assessment of assessments) {
    const { service, create, start, restart } = assessment;
    const names = new Set(create.map(({ name }) => name));
    const starts = create.length + start.length + restart.length > 0;
    for (const container of leaving) {
      if (container.service === service) continue;
      if (names.has(container.name) || (starts && holders(assessment).includes(container))) inTheWay.add(container);
    }
  }
  return {
    isInTheWay: (container) => inTheWay.has(container),
    beforeCreate: (name) =>
      leaving.filter((container) => container.name === name).map(() => stepIds.removeContainer(name)),
    beforeStart: (assessment) => holders(assessment).map(endOf),
  };
}

interface FixedPort {
  readonly published: number;
  readonly protocol: string;
}

function fixedPorts({ definition }: Assessment): readonly FixedPort[] {
  return (definition.ports ?? []).flatMap(({ published, protocol }) =>
    published !== undefined && /^\d+$/.test(published) ? [{ published: Number(published), protocol }] : [],
  );
}

function holds(container: ObservedContainer, { published, protocol }: FixedPort): boolean {
  return container.ports.some((port) => port.published === published && port.protocol === protocol);
}
