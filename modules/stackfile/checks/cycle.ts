import { own } from "../own.ts";
import type { Draft, DraftService } from "../stages/draft.ts";

/** Rings of services that depend on each other, as `a -> b -> a`: of those that share a service, one. */
export function findCycles(draft: Draft): readonly (readonly string[])[] {
  const services = draft.services ?? {};
  const done = new Set<string>();
  const cycles: (readonly string[])[] = [];
  for (const start of Object.keys(services)) {
    const trail = new Map<string, Step>();
    // A stack of its own: a chain of dependencies may be longer than the call stack.
    const stack: string[] = [];
    const rings = new Rings();
    const enter = (name: string): void => {
      const targets = targetsOf(own(services, name) ?? {})[Symbol.iterator]();
      trail.set(name, { index: stack.push(name) - 1, targets });
    };
    if (!done.has(start)) enter(start);
    for (let name = stack.at(-1); name !== undefined; name = stack.at(-1)) {
      const next = trail.get(name)?.targets.next();
      if (next === undefined || next.done === true) {
        done.add(name);
        trail.delete(name);
        stack.pop();
        rings.cutTo(stack.length);
        continue;
      }
      const from = trail.get(next.value)?.index;
      if (from !== undefined) {
        // A ring may be as long as the stack: one that is not told is not copied.
        if (rings.add({ from, to: stack.length - 1 })) cycles.push([...stack.slice(from), next.value]);
      } else if (!done.has(next.value) && own(services, next.value) !== undefined) {
        enter(next.value);
      }
    }
  }
  return cycles;
}

interface Step {
  /** In the stack. */
  readonly index: number;
  readonly targets: Iterator<string>;
}

/** A part of the stack. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** The parts of a stack that are rings. Those that overlap are one; they are in the order of the stack. */
class Rings {
  readonly #spans: Span[] = [];

  /** A ring up to the top of the stack. True where no part of it was one before. */
  add({ from, to }: Span): boolean {
    let first = from;
    let isNew = true;
    for (let last = this.#spans.at(-1); last !== undefined && last.to >= from; last = this.#spans.at(-1)) {
      first = Math.min(first, last.from);
      isNew = false;
      this.#spans.pop();
    }
    this.#spans.push({ from: first, to });
    return isNew;
  }

  /** The stack has so many items now. */
  cutTo(length: number): void {
    const last = this.#spans.at(-1);
    if (last === undefined || last.to < length) return;
    this.#spans.pop();
    if (last.from < length) this.#spans.push({ from: last.from, to: length - 1 });
  }
}

function targetsOf(service: DraftService): readonly string[] {
  return Object.keys(service.depends_on ?? {});
}
