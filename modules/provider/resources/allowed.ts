import { defineResource } from "../kit/define.ts";
import type { Resource } from "../kit/resource.ts";
import { allowedInputsSchema } from "./schema.ts";
import { stateOnly } from "./state-only.ts";

export const allowedType = "stackhouse:index:Allowed";

/**
 * `stackhouse:index:Allowed`: what a program was told of the world, and cannot work with whatever it is. Another value is refused with the
 * program's own reason, in a preview already, and before anything that depends on this is touched. Its id is its first value.
 */
export function allowedResource(): Resource {
  return defineResource({
    ...stateOnly,
    type: allowedType,
    inputs: allowedInputsSchema,
    outputs: allowedInputsSchema,

    prepare(news) {
      const wanted = allowedInputsSchema.safeParse(news);
      // What is not known yet is not another value.
      const isRefused = wanted.success && !wanted.data.allowed.includes(wanted.data.value);
      const failures = isRefused ? [{ property: "value", reason: wanted.data.reason }] : [];
      return Promise.resolve({ inputs: news, failures });
    },

    // It is looked at in each run, and what it was before says nothing.
    matters: () => false,
    create: (inputs) => Promise.resolve({ id: inputs.value, outputs: inputs }),
    update: (_state, inputs) => Promise.resolve(inputs),
  });
}
