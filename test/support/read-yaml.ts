import { parseDocument, visit } from "yaml";

/** As go-yaml reads it: a number that is too large for one is a text. */
export function readYaml(text: string): unknown {
  const document = parseDocument(text);
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === "number" && !Number.isFinite(node.value)) node.value = node.source;
    },
  });
  return document.toJS();
}
