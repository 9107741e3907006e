import { grouped } from "../base/grouped.ts";
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
  const byName = grouped(leaving, ({ name }) => name);
  const byPort = holdersOfPorts(leaving);
  const holders = (assessment: Assessment): readonly ObservedContainer[] => {
    const holding = new Set(fixedPorts(assessment).flatMap((port) => byPort.get(port) ?? []));
    return holding.size === 0 ? [] : leaving.filter((container) => holding.has(container));
  };
  const inTheWay = new Set<ObservedContainer>(allMakeWay ? leaving : []);
  for (const assessment of assessments) {
    const { service, create, start, restart } = assessment;
    const starts = create.length + start.length + restart.length > 0;
    const namesakes = create.flatMap(({ name }) => byName.get(name) ?? []);
    for (const container of [...namesakes, ...(starts ? holders(assessment) : [])]) {
      if (container.service !== service) inTheWay.add(container);
    }
  }
  return {
    isInTheWay: (container) => inTheWay.has(container),
    beforeCreate: (name) => (byName.get(name) ?? []).map(() => stepIds.removeContainer(name)),
    beforeStart: (assessment) => holders(assessment).map(endOf),
  };
}

function holdersOfPorts(containers: readonly ObservedContainer[]): ReadonlyMap<string, readonly ObservedContainer[]> {
  const holders = new Map<string, ObservedContainer[]>();
  for (const container of containers) {
    for (const { published, protocol } of container.ports) {
      const port = `${published}/${protocol}`;
      const known = holders.get(port);
      if (known === undefined) holders.set(port, [container]);
      else known.push(container);
    }
  }
  return holders;
}

/** Of a range, the engine takes a port that is free. */
function fixedPorts({ definition }: Assessment): readonly string[] {
  return (definition.ports ?? []).flatMap(({ published, protocol }) =>
    published !== undefined && /^\d+$/.test(published) ? [`${Number(published)}/${protocol}`] : [],
  );
}
