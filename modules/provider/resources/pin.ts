import { defineResource } from "../kit/define.ts";
import type { Resource } from "../kit/resource.ts";
import { pinInputsSchema } from "./schema.ts";
import { stateOnly } from "./state-only.ts";

export const pinType = "stackhouse:index:Pin";

/** `stackhouse:index:Pin`: what a program found out once, as the newest image of a kind. Its id is its first question. */
export function pinResource(): Resource {
  return defineResource({
    ...stateOnly,
    type: pinType,
    inputs: pinInputsSchema,
    outputs: pinInputsSchema,

    prepare(news, { question, value }) {
      const asked = news["question"];
      if (value !== undefined && asked === question)
        return Promise.resolve({ inputs: { ...news, value }, failures: [] });
      const wanted = pinInputsSchema.safeParse(news);
      if (!wanted.success || wanted.data.value !== "") return Promise.resolve({ inputs: news, failures: [] });
      const reason = `nothing was found for ${wanted.data.question}: ${wanted.data.hint}`;
      return Promise.resolve({ inputs: news, failures: [{ property: "value", reason }] });
    },

    matters: ({ path }) => path[0] !== "hint",
    create: (inputs) => Promise.resolve({ id: inputs.question, outputs: inputs }),
    update: (_state, inputs) => Promise.resolve(inputs),
  });
}
