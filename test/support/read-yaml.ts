import { parseDocument, visit } from "yaml";

/** As go-yaml reads it: a number that is too large for one is a text, as bytes are, and behind what ends a line in YAML 1.1 there is indentation. */
export function readYaml(text: string): unknown {
  const document = parseDocument(text.replace(/(?<=[\u0085\u2028\u2029]) +/g, ""));
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === "number" && !Number.isFinite(node.value)) node.value = node.source;
      if (node.value instanceof Uint8Array) node.value = Buffer.from(node.value).toString();
    },
  });
  return document.toJS();
}
