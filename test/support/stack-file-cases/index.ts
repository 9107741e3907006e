import { projectCases } from "./apps.ts";
import type { StackFileCase } from "./case.ts";
import { formCases } from "./forms.ts";
import { interpolationCases } from "./interpolation.ts";
import { mergeCases } from "./merges.ts";
import { scalarCases } from "./scalars.ts";

export type { StackFileCase } from "./case.ts";

/** All of them, by what they are about. */
export const stackFileCases: Readonly<Record<string, readonly StackFileCase[]>> = {
  "an unquoted scalar": scalarCases,
  "a template": interpolationCases,
  "a short form": formCases,
  "an app": projectCases,
  "two files": mergeCases,
};
