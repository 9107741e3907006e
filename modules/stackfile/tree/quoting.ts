import type { ScalarNode } from "./node.ts";
import { shownScalar } from "./node.ts";
import { resolvePlain } from "./scalars.ts";
import { isSecret, written } from "./within.ts";

/** The hint for a number, a date or the like where only a text may stand: in quotes it is the text as it was written. */
export function quoteIt(node: Pick<ScalarNode, "place" | "template" | "value">): string {
  const text = written(node.place);
  const isPlain = !isSecret(node.place) && resolvePlain(text).value === node.value;
  return `quote it: "${isPlain ? text : shownScalar(node)}"`;
}
