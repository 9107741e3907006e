import { z } from "zod";
import { planSchema } from "../plan/types.ts";
import { appStatusSchema } from "./app.ts";

/** A problem as it crosses the wire: the same parts as `StackhouseError`. */
export const problemSchema = z.strictObject({
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  details: z.array(z.string()),
});
export type Problem = z.infer<typeof problemSchema>;

/** What a job tells while it runs. `seq` counts from 1 within the job and is the event's `Last-Event-ID`. */
export const jobEventSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("planned"), seq: z.number().int(), at: z.string(), plan: planSchema }),
  z.strictObject({ type: z.literal("step-started"), seq: z.number().int(), at: z.string(), step: z.string() }),
  z.strictObject({
    type: z.literal("step-progress"),
    seq: z.number().int(),
    at: z.string(),
    step: z.string(),
    text: z.string(),
  }),
  z.strictObject({
    type: z.literal("step-done"),
    seq: z.number().int(),
    at: z.string(),
    step: z.string(),
    ms: z.number(),
  }),
  z.strictObject({
    type: z.literal("step-failed"),
    seq: z.number().int(),
    at: z.string(),
    step: z.string(),
    problem: problemSchema,
  }),
  z.strictObject({ type: z.literal("succeeded"), seq: z.number().int(), at: z.string(), status: appStatusSchema }),
  z.strictObject({ type: z.literal("failed"), seq: z.number().int(), at: z.string(), problem: problemSchema }),
  z.strictObject({ type: z.literal("cancelled"), seq: z.number().int(), at: z.string() }),
]);
export type JobEvent = z.infer<typeof jobEventSchema>;

export const jobSchema = z.strictObject({
  id: z.string(),
  app: z.string(),
  kind: z.enum(["apply", "remove"]),
  state: z.enum(["queued", "running", "succeeded", "failed", "cancelled"]),
});
export type Job = z.infer<typeof jobSchema>;
