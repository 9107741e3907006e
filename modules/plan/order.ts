import type { Model } from "../stackfile/model.ts";

/** The services of a model, each after those that it depends on; among equals by name, whatever the order of the file. */
export function dependencyOrder(model: Model): readonly string[] {
  const order: string[] = [];
  const seen = new Set<string>();
  const visit = (name: string): void => {
    const service = model.services[name];
    // A loaded model has no cycles; one that was made by hand ends all the same.
    if (service === undefined || seen.has(name)) return;
    seen.add(name);
    for (const dependency of Object.keys(service.depends_on ?? {}).toSorted()) visit(dependency);
    order.push(name);
  };
  for (const name of Object.keys(model.services).toSorted()) visit(name);
  return order;
}
