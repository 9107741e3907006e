import { printPath } from "../tree/diagnostics.ts";
import { list, scalar, shownScalar } from "../tree/node.ts";
import type { LongForm } from "../shapes/shape.ts";
import { withinValue } from "../tree/within.ts";
import { isUnknown } from "../unknown.ts";
import { splitWords } from "./words.ts";

/** A command string is split into words without a shell. */
export const commandWords: LongForm = (node, at) => {
  if (node.kind !== "scalar" || typeof node.value !== "string") return node;
  if (isUnknown(node.value)) return list([node], node.place);
  const split = splitWords(node.value);
  if (split === undefined) {
    at.diagnostics.error(node.place, at.path, {
      code: "invalid-value",
      message: `${printPath(at.path)} cannot be split into words: ${shownScalar(node)}`,
      hint: 'close every quote; for a shell write ["sh", "-c", "…"]',
    });
    return undefined;
  }
  if (split.cutAt !== undefined) {
    const operator = node.value.charAt(split.cutAt);
    at.diagnostics.warning(withinValue(node.place, node.value, split.cutAt), at.path, {
      code: "cut-command",
      message: `${printPath(at.path)} ends at the unquoted "${operator}": no shell runs it`,
      hint: 'for a shell write ["sh", "-c", "…"]; to pass the character on, quote it',
    });
  }
  return list(
    split.words.map((word) => scalar(word, node.place)),
    node.place,
  );
};

/** A health check given as a string runs in a shell. */
export const healthTest: LongForm = (node) =>
  node.kind === "scalar" && typeof node.value === "string"
    ? list([scalar("CMD-SHELL", node.place), node], node.place)
    : node;
