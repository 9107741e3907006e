import * as z from "zod";
import { planSchema } from "../plan/types.ts";
import { appStatusSchema } from "./app.ts";

/** A problem as it crosses the wire: the same parts as `StackhouseError`. */
export const problemSchema = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  details: z.array(z.string()),
});
export type Problem = z.infer<typeof problemSchema>;

/**
 * What a job tells while it runs. `seq` counts from 1 within the job and is the event's `Last-Event-ID`. `planned` comes again
 * when the job plans anew. The last event is `succeeded`, `failed` or `cancelled`. A reader skips types that it does not know.
 */
export const jobEventSchema = z.discriminatedUnion("type", [
  /** The job waits for another one of the same app; `text` says who holds it. */
  z.object({ type: z.literal("waiting"), seq: z.number().int(), at: z.string(), text: z.string() }),
  z.object({ type: z.literal("planned"), seq: z.number().int(), at: z.string(), plan: planSchema }),
  z.object({ type: z.literal("step-started"), seq: z.number().int(), at: z.string(), step: z.string() }),
  z.object({
    type: z.literal("step-progress"),
    seq: z.number().int(),
    at: z.string(),
    step: z.string(),
    text: z.string(),
  }),
  z.object({
    type: z.literal("step-done"),
    seq: z.number().int(),
    at: z.string(),
    step: z.string(),
    ms: z.number(),
  }),
  z.object({
    type: z.literal("step-failed"),
    seq: z.number().int(),
    at: z.string(),
    step: z.string(),
    problem: problemSchema,
  }),
  z.object({ type: z.literal("succeeded"), seq: z.number().int(), at: z.string(), status: appStatusSchema }),
  z.object({ type: z.literal("failed"), seq: z.number().int(), at: z.string(), problem: problemSchema }),
  /** Cancelled by a client, or queued and then replaced by a newer job. */
  z.object({ type: z.literal("cancelled"), seq: z.number().int(), at: z.string(), reason: z.string() }),
]);
export type JobEvent = z.infer<typeof jobEventSchema>;

export const jobSchema = z.object({
  id: z.string(),
  app: z.string(),
  kind: z.enum(["apply", "remove"]),
  state: z.enum(["queued", "running", "succeeded", "failed", "cancelled"]),
  requestedBy: z.string(),
  createdAt: z.string(),
  /** Why a failed job failed. */
  problem: problemSchema.optional(),
});
export type Job = z.infer<typeof jobSchema>;
