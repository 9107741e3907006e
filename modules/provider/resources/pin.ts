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
      const isPinned = value !== undefined && news["question"] === question;
      return Promise.resolve({ inputs: isPinned ? { ...news, value } : news, failures: [] });
    },

    create: (inputs) => Promise.resolve({ id: inputs.question, outputs: inputs }),
    update: (_state, inputs) => Promise.resolve(inputs),
  });
}
