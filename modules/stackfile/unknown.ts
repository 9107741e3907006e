import type { Model, Service } from "./model.ts";

/**
 * Stands for a string whose value is not known yet, as in a Pulumi preview. A string that uses an unknown variable becomes
 * this marker as a whole; a position that needs another type is left out of the model and noted in `LoadResult.unknown`.
 * Callers may put it into an inline stack file as well.
 */
export const unknownValue = "<stackhouse:known-after-apply>";

/** True for a string that is unknown as a whole or in part. */
export function isUnknown(value: unknown): boolean {
  return typeof value === "string" && value.includes(unknownValue);
}

/** True when any string of the model is unknown. Parts that were left out show in `LoadResult.unknown` only. */
export function modelHasUnknowns(model: Model): boolean {
  return hasUnknowns(model);
}

/** True when any string of the service is unknown, so that its fingerprint says nothing yet. */
export function serviceHasUnknowns(service: Service): boolean {
  return hasUnknowns(service);
}

function hasUnknowns(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasUnknowns);
  if (typeof value === "object" && value !== null) return Object.values(value).some(hasUnknowns);
  return isUnknown(value);
}
