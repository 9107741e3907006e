import * as z from "zod";

/** What went wrong in a boot, in cloud-init's own words. */
export interface CloudInitTroubles {
  /** For which it counts as failed. */
  readonly errors: readonly string[];
  /** In spite of which it went on. */
  readonly warnings: readonly string[];
}

/** Stages stand beside `datasource` and `stage`, which are none. Older versions know no recoverable errors. */
const statusSchema = z.object({ v1: z.record(z.string(), z.unknown()) });
const stageSchema = z.object({
  errors: z.array(z.string()).default([]),
  recoverable_errors: z.record(z.string(), z.array(z.string())).default({}),
});

/** These levels are about what a later version will do. */
const harmless: ReadonlySet<string> = new Set(["DEBUG", "INFO", "DEPRECATED"]);

/**
 * Reads `/run/cloud-init/status.json`; what cannot be read says nothing. Source: "status.json" and "Failure states" in cloud-init's
 * documentation.
 */
export function troublesOf(text: string): CloudInitTroubles {
  const status = statusSchema.safeParse(parsed(text));
  const stages = Object.values(status.data?.v1 ?? {}).flatMap((value) => stageSchema.safeParse(value).data ?? []);
  const recoverable = stages.flatMap((stage) => Object.entries(stage.recoverable_errors));
  return {
    errors: stages.flatMap(({ errors }) => errors),
    warnings: recoverable.flatMap(([level, messages]) => (harmless.has(level) ? [] : messages)),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
