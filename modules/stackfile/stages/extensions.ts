import { isExtension } from "../shapes/shape.ts";
import { map, type MapNode, type ScalarNode, toValue } from "../tree/node.ts";
import type { Draft } from "./draft.ts";

/** No stage looks at the `x-` keys of a stack file, and each makes a copy of what it changes: they wait until all have. */
export function withoutExtensions(tree: MapNode): MapNode {
  return map(
    [...tree.entries].filter(([key]) => !isExtension(key)),
    tree.place,
  );
}

/** The draft with the `x-` keys of the stack file, and what is made of their scalars. */
export function withExtensions(
  draft: Draft,
  tree: MapNode,
  ofScalar?: (scalar: ScalarNode) => unknown,
): Draft & Readonly<Record<string, unknown>> {
  const whole: Record<string, unknown> = { ...draft };
  for (const [key, { value }] of tree.entries) if (isExtension(key)) whole[key] = toValue(value, ofScalar);
  return whole as Draft & Readonly<Record<string, unknown>>;
}
