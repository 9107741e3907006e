import { Document, isScalar, visit } from "yaml";
import { resolvePlain } from "./tree/scalars.ts";

export type ModelFormat = "yaml" | "json";

/**
 * Text of a model that is a stack file itself: loading it gives the same model again. Dollar signs are doubled for that, as
 * `docker compose config` does.
 */
export function printModel(model: object, format: ModelFormat): string {
  return printTemplate(model, format).replaceAll("$", "$$$$");
}

/** As `printModel`, for what was loaded without interpolation: its dollar signs are those of the file. */
export function printTemplate(template: object, format: ModelFormat): string {
  const { name, ...rest } = template as { readonly name?: unknown };
  const ordered = name === undefined ? rest : { name, ...rest };
  return format === "json" ? `${JSON.stringify(ordered, undefined, 2)}\n` : printYaml(ordered);
}

function printYaml(model: object): string {
  const document = new Document(model, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_key, node) {
      // The printer knows which words YAML 1.2 takes for numbers; those of a stack file are more.
      if (!isScalar(node) || typeof node.value !== "string") return;
      const { value, go } = resolvePlain(node.value);
      if (value !== node.value || go !== undefined) node.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString({ lineWidth: 0 });
}
