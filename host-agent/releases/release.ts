import * as z from "zod";
import { modelSchema } from "../../modules/stackfile/model.ts";
import type { DesiredApp } from "../../modules/protocol/app.ts";
import { canonicalJson } from "../../modules/stackfile/canonical-json.ts";
import { digestOf } from "../../modules/stackfile/fingerprint.ts";

/**
 * An immutable record of what an app was asked to be, and how that went. `contents` holds secrets: a release is kept in
 * files of mode 0600 and is never logged or answered.
 */
export const releaseSchema = z.object({
  id: z.string(),
  app: z.string(),
  /** Of model and contents: the same digest is the same release. */
  digest: z.string(),
  createdAt: z.string(),
  requestedBy: z.string(),
  jobId: z.string(),
  model: modelSchema,
  contents: z.record(z.string(), z.string()),
  /** Digest by image reference, known when the job has ended. */
  imageDigests: z.record(z.string(), z.string()),
  outcome: z.enum(["pending", "succeeded", "failed", "cancelled"]),
});
export type Release = z.infer<typeof releaseSchema>;
export type ReleaseOutcome = Exclude<Release["outcome"], "pending">;

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** An id that sorts by time: ten characters of milliseconds and six of chance, in Crockford's base 32. */
export function newReleaseId(nowMs: number, uuid: string): string {
  const chance = Number.parseInt(uuid.slice(0, 8), 16);
  return base32(nowMs, 10) + base32(chance, 6);
}

/** The last `length` digits. */
function base32(value: number, length: number): string {
  let digits = "";
  for (let rest = value; digits.length < length; rest = Math.floor(rest / 32))
    digits = (alphabet[rest % 32] ?? "") + digits;
  return digits;
}

export function releaseDigest(desired: Pick<DesiredApp, "model" | "contents">): string {
  return digestOf(canonicalJson({ model: desired.model, contents: contentDigests(desired.contents) }));
}

/** Digest of each config and secret, by `configs/NAME` or `secrets/NAME`. */
export function contentDigests(contents: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(contents).map(([name, base64]) => [name, digestOf(Buffer.from(base64, "base64"))]),
  );
}
