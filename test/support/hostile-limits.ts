import { mostContainers } from "../../modules/stackfile/replicas.ts";
import { deepest, mostValues } from "../../modules/stackfile/tree/limits.ts";
import type { Diagnostic } from "../../modules/stackfile/types.ts";

/** What a finding says that looks at nothing behind it. */
export const reached = {
  depth: /^the file is nested too deeply$/,
  values: new RegExp(`^the file has more than ${mostValues} values$`),
  aliased: new RegExp(`^aliases make this file stand for more than ${mostValues} values$`),
  merged: new RegExp(`^up to here, .* come to more than ${mostValues} values$`),
  services: new RegExp(`^from here on, the app has more than ${mostContainers} services$`),
} as const satisfies Readonly<Record<string, RegExp>>;

/** Below nearly as many maps as a file may nest: a few levels are left. */
export const nearlyDeepest = deepest - 10;
/** Nearly as many items as a file may have values. */
export const nearlyMostValues = mostValues - 1_000;
/** As many services as an app may have. */
export const mostServices = mostContainers;

/** What is wrong with the findings of a file that has to reach one that says this, or else no limit. */
export function unsaid(diagnostics: readonly Diagnostic[], says: RegExp | undefined): readonly string[] {
  const messages = diagnostics.map(({ message }) => message);
  if (says !== undefined) {
    if (messages.some((message) => says.test(message))) return [];
    return [`no finding says ${String(says)}; the first says: ${messages[0] ?? "nothing"}`];
  }
  const limit = messages.find((message) => Object.values(reached).some((one) => one.test(message)));
  return limit === undefined ? [] : [`a limit hides what the file is made for: ${limit}`];
}
