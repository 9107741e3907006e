import { printPath } from "../tree/diagnostics.ts";
import { list, scalar, type ScalarNode, shownScalar } from "../tree/node.ts";
import type { At } from "../shapes/at.ts";
import type { LongForm } from "../shapes/shape.ts";
import { withinValue } from "../tree/within.ts";
import { isUnknown, unknownValue } from "../unknown.ts";
import { splitWords } from "./words.ts";

/** A command string is split into words without a shell. */
export function commandWords(text: string, node: ScalarNode, at: At): readonly string[] | undefined {
  if (isUnknown(text)) return [unknownValue];
  const split = splitWords(text);
  if (split === undefined) {
    at.diagnostics.error(node.place, at.path, {
      code: "invalid-value",
      message: `${printPath(at.path)} cannot be split into words: ${shownScalar(node)}`,
      hint: 'close every quote; for a shell write ["sh", "-c", "…"]',
    });
    return undefined;
  }
  if (split.cutAt !== undefined) {
    const operator = text.charAt(split.cutAt);
    at.diagnostics.warning(withinValue(node.place, text, split.cutAt), at.path, {
      code: "cut-command",
      message: `${printPath(at.path)} ends at the unquoted "${operator}": no shell runs it`,
      hint: 'for a shell write ["sh", "-c", "…"]; to pass the character on, quote it',
    });
  }
  return split.words;
}

/** A health check given as a string runs in a shell. */
export const healthTest: LongForm = (node) =>
  node.kind === "scalar" && typeof node.value === "string"
    ? list([scalar("CMD-SHELL", node.place), node], node.place)
    : node;
