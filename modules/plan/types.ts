import * as z from "zod";
import { containerStateSchema, healthStateSchema, publishedPortSchema } from "../protocol/app.ts";
import type { Model } from "../stackfile/model.ts";

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
  /** `key`: of the stack file, from our label; what `deleteVolumes` names. The name may be any: a stack file can give one. */
  volumes: z.array(z.strictObject({ name: z.string(), fingerprint: z.string(), key: z.string() })),
  /** Volumes without a name in the stack file, and where each belongs. */
  anonymousVolumes: z.array(
    z.strictObject({ name: z.string(), service: z.string(), number: z.number().int(), target: z.string() }),
  ),
  /** Digest by image reference, for the images of the desired model that are on the host. */
  images: z.record(z.string(), z.string()),
});
export type ObservedApp = z.infer<typeof observedAppSchema>;

const common = {
  id: z.string(),
  /** Why this step is there, as a person reads it: `image a:1 -> a:2`, `environment.LEVEL changed`. */
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

export const planSchema = z.strictObject({
  app: z.string(),
  /** In an order in which they could run one by one: what a step needs stands before it. */
  steps: z.array(stepSchema),
  /** What a person should know and no step can do, as a volume whose definition changed. */
  notes: z.array(z.string()).optional(),
});
export type Plan = z.infer<typeof planSchema>;

/** What an app is to be. */
export interface DesiredState {
  readonly model: Model;
  /** `sha256:…` of each content by `configs/NAME` or `secrets/NAME`; see `configsAndSecretsOf` and `digestOf`. */
  readonly contentDigests: Readonly<Record<string, string>>;
  readonly release?: string;
}

export interface PlanPolicy {
  /** Nobody has looked at the host yet: what is observed is what a new one has. */
  readonly isUnseen?: boolean | undefined;
  /** What the app was meant to be before: lets a reason name what changed. Without it, it says that something did. */
  readonly previous?: DesiredState;
}
