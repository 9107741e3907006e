import { randomBytes } from "node:crypto";
import type { Call } from "../../../modules/provider/kit/resource.ts";
import { parseUrn } from "../../../modules/base/urn.ts";

/** The name that a cloud gets where the program gives none, as Pulumi makes it. */
export function freshName({ urn }: Pick<Call, "urn">): string {
  return `${parseUrn(urn).name}-${randomBytes(4).toString("hex").slice(0, 7)}`;
}
