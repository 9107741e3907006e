import { defineResource } from "../kit/define.ts";
import type { Resource } from "../kit/resource.ts";
import { hasUnknown } from "../kit/values.ts";
import { fixedInputsSchema } from "./schema.ts";

export const fixedType = "stackhouse:index:Fixed";

const second = 1_000;

/**
 * `stackhouse:index:Fixed`: what may not change while something lives that depends on it, as the zone of a disk. Another value is refused with
 * the program's own reason, in a preview already, and before anything that depends on it is touched. Its id is its first value.
 */
export function fixedResource(): Resource {
  return defineResource({
    type: fixedType,
    inputs: fixedInputsSchema,
    outputs: fixedInputsSchema,
    deadlines: { create: second, read: second, update: second, delete: second },

    prepare(news, { value: before }) {
      const { value, leaving = before, reason } = news;
      const isKept = before === undefined || hasUnknown(value) || value === before || leaving !== before;
      const refusal = {
        property: "value",
        reason: `is ${before}, and cannot become ${String(value)}: ${String(reason)}`,
      };
      return Promise.resolve({ inputs: news, failures: isKept ? [] : [refusal] });
    },

    create: (inputs) => Promise.resolve({ id: inputs.value, outputs: inputs }),
    read: (state) => Promise.resolve(state),
    update: (_state, inputs) => Promise.resolve(inputs),
    delete: () => Promise.resolve(),
  });
}
