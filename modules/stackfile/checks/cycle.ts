import { own } from "../own.ts";
import type { Draft, DraftService } from "../stages/draft.ts";

/** Rings of services that depend on each other, as `a -> b -> a`: of those that share a service, one. */
export function findCycles(draft: Draft): readonly (readonly string[])[] {
  const services = draft.services ?? {};
  const done = new Set<string>();
  const cycles: (readonly string[])[] = [];
  const told = new Set<string>();
  for (const start of Object.keys(services)) {
    const trail = new Map<string, Iterator<string>>();
    // A stack of its own: a chain of dependencies may be longer than the call stack.
    const stack: string[] = [];
    const enter = (name: string): void => {
      trail.set(name, targetsOf(own(services, name) ?? {})[Symbol.iterator]());
      stack.push(name);
    };
    if (!done.has(start)) enter(start);
    for (let name = stack.at(-1); name !== undefined; name = stack.at(-1)) {
      const next = trail.get(name)?.next();
      if (next === undefined || next.done === true) {
        done.add(name);
        trail.delete(name);
        stack.pop();
      } else if (trail.has(next.value)) {
        const ring = stack.slice(stack.indexOf(next.value));
        if (!ring.some((member) => told.has(member))) cycles.push([...ring, next.value]);
        for (const member of ring) told.add(member);
      } else if (!done.has(next.value) && own(services, next.value) !== undefined) {
        enter(next.value);
      }
    }
  }
  return cycles;
}

function targetsOf(service: DraftService): readonly string[] {
  return Object.keys(service.depends_on ?? {});
}
