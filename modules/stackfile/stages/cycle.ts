import type { Draft, DraftService } from "./draft.ts";

/** A ring of services that depend on each other, as `a -> b -> a`; undefined where there is none. */
export function findCycle(draft: Draft): readonly string[] | undefined {
  const services = draft.services ?? {};
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (name: string): readonly string[] | undefined => {
    const start = trail.indexOf(name);
    if (start !== -1) return [...trail.slice(start), name];
    const service = services[name];
    if (done.has(name) || service === undefined) return undefined;
    trail.push(name);
    for (const target of targetsOf(service)) {
      const cycle = visit(target);
      if (cycle !== undefined) return cycle;
    }
    trail.pop();
    done.add(name);
    return undefined;
  };
  for (const name of Object.keys(services)) {
    const cycle = visit(name);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

function targetsOf(service: DraftService): readonly string[] {
  const shared = [service.network_mode, service.ipc, service.pid, service.uts].flatMap((mode) =>
    mode?.startsWith("service:") === true ? [mode.slice("service:".length)] : [],
  );
  return [...Object.keys(service.depends_on ?? {}), ...shared];
}
