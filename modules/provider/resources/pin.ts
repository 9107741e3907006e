import { defineResource } from "../kit/define.ts";
import type { Resource } from "../kit/resource.ts";
import { pinInputsSchema } from "./schema.ts";

export const pinType = "stackhouse:index:Pin";

const second = 1_000;

/** `stackhouse:index:Pin`: what a program found out once, as the newest image of a kind. Its id is its first question. */
export function pinResource(): Resource {
  return defineResource({
    type: pinType,
    inputs: pinInputsSchema,
    outputs: pinInputsSchema,
    deadlines: { create: second, read: second, update: second, delete: second },

    prepare(news, { question, value }) {
      const isPinned = value !== undefined && news["question"] === question;
      return Promise.resolve({ inputs: isPinned ? { ...news, value } : news, failures: [] });
    },

    create: (inputs) => Promise.resolve({ id: inputs.question, outputs: inputs }),
    read: (state) => Promise.resolve(state),
    update: (_state, inputs) => Promise.resolve(inputs),
    delete: () => Promise.resolve(),
  });
}
