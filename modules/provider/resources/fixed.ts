import { defineResource } from "../kit/define.ts";
import type { Resource } from "../kit/resource.ts";
import type { Value } from "../kit/values.ts";
import { fixedInputsSchema } from "./schema.ts";
import { stateOnly } from "./state-only.ts";

export const fixedType = "stackhouse:index:Fixed";

/**
 * `stackhouse:index:Fixed`: what may not change while something lives that depends on it, as the zone of a disk. Another value is refused with
 * the program's own reason, in a preview already, and before anything that depends on it is touched. Its id is its first value.
 */
export function fixedResource(): Resource {
  return defineResource({
    ...stateOnly,
    type: fixedType,
    inputs: fixedInputsSchema,
    outputs: fixedInputsSchema,

    prepare(news, { value: before }) {
      const refusal = changeOf(before, news);
      return Promise.resolve({
        inputs: news,
        failures: refusal === undefined ? [] : [{ property: "value", reason: refusal }],
      });
    },

    // The rest is read from the program in each run.
    matters: ({ path }) => path[0] === "value",
    create: (inputs) => Promise.resolve({ id: inputs.value, outputs: inputs }),
    update: (_state, inputs) => Promise.resolve(inputs),
  });
}

/** Why a value may not become what is wanted now; undefined where it may. What is not known yet is not another value. */
export function changeOf(before: string | undefined, news: Value | undefined): string | undefined {
  const wanted = fixedInputsSchema.safeParse(news);
  if (!wanted.success || before === undefined) return undefined;
  const { value, leaving = before, reason } = wanted.data;
  const stays = value === before || leaving !== before;
  return stays ? undefined : `is ${before}, and cannot become ${value}: ${reason}`;
}
