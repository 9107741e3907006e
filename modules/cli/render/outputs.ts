import type { StackOutput } from "../../engine/index.ts";

/** Outputs of a Pulumi stack as they may be shown: secrets by name only. */
export function shownOutputs(outputs: Readonly<Record<string, StackOutput>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { value, secret }]) => [name, secret ? "[secret]" : value]),
  );
}
