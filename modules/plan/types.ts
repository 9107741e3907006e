import { z } from "zod";
import { containerStateSchema, healthStateSchema, publishedPortSchema } from "../protocol/app.ts";

/** What one list call on the runtime found of an app; everything in it carries the app's label. */
export const observedContainerSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  service: z.string(),
  /** 1, 2, 3 … within the service. */
  number: z.number().int(),
  fingerprint: z.string(),
  image: z.string(),
  imageDigest: z.string(),
  state: containerStateSchema,
  health: healthStateSchema,
  exitCode: z.number().int().optional(),
  startedAt: z.string().optional(),
  ports: z.array(publishedPortSchema),
});
export type ObservedContainer = z.infer<typeof observedContainerSchema>;

export const observedAppSchema = z.strictObject({
  containers: z.array(observedContainerSchema),
  /** Name on the runtime and our fingerprint label. */
  networks: z.array(z.strictObject({ name: z.string(), fingerprint: z.string() })),
  volumes: z.array(z.strictObject({ name: z.string(), fingerprint: z.string() })),
  /** Digest by image reference, for the images of the desired model that are on the host. */
  images: z.record(z.string(), z.string()),
});
export type ObservedApp = z.infer<typeof observedAppSchema>;

const common = {
  id: z.string(),
  /** Why this step is there, as a person reads it: `image changed`, `environment changed`. */
  reason: z.string(),
  /** Ids of the steps that must have succeeded before. */
  needs: z.array(z.string()),
};
const container = { service: z.string(), number: z.number().int(), name: z.string() };

/** One atomic act on the runtime. The executor has one function a kind; a kind without one does not compile. */
export const stepSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    ...common,
    kind: z.literal("ensure-image"),
    image: z.string(),
    policy: z.enum(["missing", "always", "never"]),
  }),
  z.strictObject({ ...common, kind: z.literal("create-network"), network: z.string(), name: z.string() }),
  z.strictObject({ ...common, kind: z.literal("remove-network"), name: z.string() }),
  z.strictObject({ ...common, kind: z.literal("create-volume"), volume: z.string(), name: z.string() }),
  z.strictObject({ ...common, kind: z.literal("remove-volume"), name: z.string() }),
  z.strictObject({ ...common, ...container, kind: z.literal("create-container") }),
  z.strictObject({ ...common, ...container, kind: z.literal("start-container") }),
  z.strictObject({ ...common, ...container, kind: z.literal("stop-container"), containerId: z.string() }),
  z.strictObject({ ...common, ...container, kind: z.literal("remove-container"), containerId: z.string() }),
  z.strictObject({
    ...common,
    kind: z.literal("await-service"),
    service: z.string(),
    condition: z.enum(["started", "healthy", "completed"]),
  }),
]);
export type Step = z.infer<typeof stepSchema>;
export type StepKind = Step["kind"];

export const planSchema = z.strictObject({ app: z.string(), steps: z.array(stepSchema) });
export type Plan = z.infer<typeof planSchema>;
