import type * as z from "zod";
import { defineResource } from "../kit/define.ts";
import type { CheckFailure, Resource } from "../kit/resource.ts";
import { isProperties, type Properties } from "../kit/values.ts";
import { allowedInputsSchema, keptSchema, needSchema, toldSchema } from "./schema.ts";
import { stateOnly } from "./state-only.ts";

export const allowedType = "stackhouse:index:Allowed";

/**
 * `stackhouse:index:Allowed`: what a program was told of the world, and cannot work with whatever it is, and what may not change while something
 * lives. Another value is refused with the program's own reason. Its id is the first values.
 *
 * One that comes before a thing refuses before anything that depends on it is touched. All conditions of the thing are in it: where one is refused,
 * none is noted. It notes what is wanted, and the thing may fail. One that comes after the thing (`made`) notes what is there; a preview asks it, too:
 * what the world does not allow is a warning where it was needed for what is there, and what a change does is told.
 */
export function allowedResource(): Resource {
  return defineResource({
    ...stateOnly,
    type: allowedType,
    inputs: allowedInputsSchema,
    outputs: allowedInputsSchema,

    prepare(news, { needs, keeps = {}, tells = {} }, { progress }) {
      for (const message of told(news, tells)) progress.warn(message);
      const failures = changes(news, keeps);
      const isMade = news["made"] === true;
      // Of a thing that nothing is noted of, the one that comes before it knows as much.
      const asked = isMade && needs === undefined ? [] : unmet(news, needs ?? {});
      for (const { property, reason, isThere } of asked) {
        if (!isThere) failures.push({ property, reason });
        else if (isMade) progress.warn(`what is there stays as it is, and another one could not be made: ${reason}`);
      }
      return Promise.resolve({ inputs: news, failures });
    },

    // The rest is looked at in each run, and what it was before says nothing.
    matters: ({ path: [list, , key] }) =>
      (key === undefined && list !== "made") ||
      (list !== "keeps" && (key === "about" || key === "lasting")) ||
      (key === "value" && list !== "needs"),
    create: (inputs) => Promise.resolve({ id: valuesOf(inputs).join(" "), outputs: inputs }),
    update: (_state, inputs) => Promise.resolve(inputs),
  });
}

function valuesOf({ needs, keeps = {} }: z.infer<typeof allowedInputsSchema>): readonly string[] {
  return [...Object.values(needs), ...Object.values(keeps)].map(({ value }) => value);
}

interface Lasting {
  readonly lasting?: string | undefined;
}

function givesUp({ lasting: before }: Lasting, { lasting: now }: Lasting): boolean {
  return before !== undefined && before !== now;
}

type Tells = Readonly<Record<string, Lasting & { readonly value: string; readonly about?: string | undefined }>>;

/** What changes, as far as that is known, do to what stays the same otherwise. */
function told({ tells }: Properties, before: Tells): readonly string[] {
  if (!isProperties(tells)) return [];
  return Object.entries(tells).flatMap(([what, one]) => {
    const wanted = toldSchema.safeParse(one);
    const had = before[what];
    if (!wanted.success || had === undefined) return [];
    const { value, about, message } = wanted.data;
    return about === had.about && (value !== had.value || givesUp(had, wanted.data)) ? [message] : [];
  });
}

type Needs = Readonly<Record<string, Lasting & { readonly about?: string | undefined }>>;

/** Why the world does not do, and whether that was needed for what is there. What is not known yet is not another value. */
function unmet({ needs }: Properties, before: Needs): readonly (CheckFailure & { readonly isThere: boolean })[] {
  if (!isProperties(needs)) return [];
  return Object.entries(needs).flatMap(([what, need]) => {
    const wanted = needSchema.safeParse(need);
    if (!wanted.success || wanted.data.allowed.includes(wanted.data.value)) return [];
    const { about, reason } = wanted.data;
    const noted = before[what];
    const isThere = about !== undefined && about === noted?.about && !givesUp(noted, wanted.data);
    return [{ property: `needs.${what}`, reason, isThere }];
  });
}

/** What may not become what is wanted now. */
function changes(
  { keeps }: Properties,
  all: Readonly<Record<string, { readonly value: string } | undefined>>,
): CheckFailure[] {
  if (!isProperties(keeps)) return [];
  return Object.entries(keeps).flatMap(([what, kept]) => {
    const wanted = keptSchema.safeParse(kept);
    const before = all[what]?.value;
    if (!wanted.success || before === undefined) return [];
    const { value, leaving = before, reason } = wanted.data;
    if (value === before || leaving !== before) return [];
    return [{ property: `keeps.${what}`, reason: `is ${before}, and cannot become ${value}: ${reason}` }];
  });
}
