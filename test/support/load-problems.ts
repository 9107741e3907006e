import { modelSchema } from "../../modules/stackfile/model.ts";
import type { LoadResult } from "../../modules/stackfile/types.ts";

/** What is wrong with an answer of the loader. It is a model or at least one error, never both, never neither; what it finds has a place. */
export function problemsOf({ model, diagnostics }: LoadResult): readonly string[] {
  const hasErrors = diagnostics.some(({ severity }) => severity === "error");
  if (model === undefined && !hasErrors) return ["neither a model nor an error"];
  if (model !== undefined && hasErrors) return ["a model, and an error"];
  const invalid = model === undefined ? undefined : modelSchema.safeParse(model).error?.message;
  const placeless = diagnostics.filter(({ line, column, message }) => !(line > 0 && column > 0) || message === "");
  return [
    ...(invalid === undefined ? [] : [`not a model: ${invalid}`]),
    ...placeless.map(({ code, message }) => `a finding without a place or a message: ${code} ${message}`),
  ];
}
