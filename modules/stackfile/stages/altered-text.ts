import type { At } from "../shapes/at.ts";
import type { ScalarNode } from "../tree/node.ts";
import { resolvePlain } from "../tree/scalars.ts";
import { isSecret, written } from "../tree/within.ts";

/** Warns of a value without quotes that is a number or a date for YAML, and so reaches the container as another text: `0777` as `511`. */
export function warnOfAlteredText(node: ScalarNode, printed: string, at: At): void {
  const text = written(node.place);
  // What it would say is the secret itself.
  if (isSecret(node.place)) return;
  if (text === printed || resolvePlain(text).value !== node.value) return;
  at.diagnostics.warning(node.place, at.path, {
    code: "altered-value",
    message: `${text} without quotes becomes "${printed}"`,
    hint: `quote it to keep it: "${text}"`,
    suggestion: `"${text}"`,
  });
}
