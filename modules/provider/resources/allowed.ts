import { defineResource } from "../kit/define.ts";
import type { Resource } from "../kit/resource.ts";
import { allowedInputsSchema } from "./schema.ts";
import { stateOnly } from "./state-only.ts";

export const allowedType = "stackhouse:index:Allowed";

/**
 * `stackhouse:index:Allowed`: what a program was told of the world, and cannot work with whatever it is. Another value is refused with the
 * program's own reason, in a preview already, and before anything that depends on this is touched. Where it was needed to make something that
 * is there now, the reason is a warning. Its id is its first value.
 */
export function allowedResource(): Resource {
  return defineResource({
    ...stateOnly,
    type: allowedType,
    inputs: allowedInputsSchema,
    outputs: allowedInputsSchema,

    prepare(news, previous, { progress }) {
      const wanted = allowedInputsSchema.safeParse(news);
      // What is not known yet is not another value.
      if (!wanted.success || wanted.data.allowed.includes(wanted.data.value)) {
        return Promise.resolve({ inputs: news, failures: [] });
      }
      const { about, reason } = wanted.data;
      if (about === undefined || about !== previous.about) {
        return Promise.resolve({ inputs: news, failures: [{ property: "value", reason }] });
      }
      progress.warn(`what is there stays as it is, and another one could not be made: ${reason}`);
      return Promise.resolve({ inputs: news, failures: [] });
    },

    // It is looked at in each run, and what the value was before says nothing.
    matters: ({ path }) => path[0] === "about",
    create: (inputs) => Promise.resolve({ id: inputs.value, outputs: inputs }),
    update: (_state, inputs) => Promise.resolve(inputs),
  });
}
