import { oneOrMore } from "../../forms/collections.ts";
import { labels } from "../common.ts";
import { dictionary, type KeyTable, list, mapping, string, text } from "../../shapes/shape.ts";

/** Where its output goes, and what is said about it. */
export const loggingAndLabels: KeyTable = {
  logging: mapping(
    {
      driver: string(),
      options: dictionary(text({ accepts: ["string", "number", "null"], nullAs: "empty", keepsZero: true })),
    },
    { merge: "same-driver" },
  ),
  labels,
  label_file: list(string({ keepsZero: true, path: "file" }), {
    or: ["string"],
    longForm: oneOrMore,
    passes: "everything",
    merge: "pairs",
    expected: "a path or a list of paths",
  }),
  annotations: labels,
};
