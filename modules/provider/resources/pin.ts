import { defineResource } from "../kit/define.ts";
import type { Resource } from "../kit/resource.ts";
import { pinInputsSchema, type PinInputs } from "./schema.ts";
import { stateOnly } from "./state-only.ts";

export const pinType = "stackhouse:index:Pin";

/**
 * `stackhouse:index:Pin`: what a program found out once, as the newest image of a kind. Its id is its first question. An answer is noted before anything
 * is made of it; where that is refused, or fails, the program goes back to the question of before, and has to find what is there.
 */
export function pinResource(): Resource {
  return defineResource({
    ...stateOnly,
    type: pinType,
    inputs: pinInputsSchema,
    outputs: pinInputsSchema,

    prepare(news, previous) {
      const asked = news["question"];
      const answers = answersIn(previous);
      const known = answers.find(({ question }) => question === asked);
      const earlier = answers.filter((one) => one !== known).slice(-mostEarlier);
      const inputs = { ...news, ...(earlier.length === 0 ? {} : { earlier }) };
      if (known !== undefined) return Promise.resolve({ inputs: { ...inputs, value: known.value }, failures: [] });
      const wanted = pinInputsSchema.safeParse(news);
      if (!wanted.success || wanted.data.value !== "") return Promise.resolve({ inputs, failures: [] });
      const reason = `nothing was found for ${wanted.data.question}: ${wanted.data.hint}`;
      return Promise.resolve({ inputs, failures: [{ property: "value", reason }] });
    },

    matters: ({ path: [key] }) => key !== "hint" && key !== "earlier",
    create: (inputs) => Promise.resolve({ id: inputs.question, outputs: inputs }),
    update: (_state, inputs) => Promise.resolve(inputs),
  });
}

const mostEarlier = 8;

/** The newest one last. */
function answersIn({ question, value, earlier = [] }: Partial<PinInputs>): readonly Answer[] {
  return question === undefined || value === undefined ? earlier : [...earlier, { question, value }];
}

type Answer = NonNullable<PinInputs["earlier"]>[number];
