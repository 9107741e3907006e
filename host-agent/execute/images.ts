import { StackhouseError } from "../../modules/base/errors.ts";
import { callWithin, type StepContext, type StepOf } from "./context.ts";
import { explain, within } from "./problems.ts";

const resolveLimitMs = 30_000;
const pullLimitMs = 60 * 60_000;

export async function ensureImage(step: StepOf<"ensure-image">, context: StepContext): Promise<void> {
  const { runtime, progress } = context;
  if (step.policy !== "always") {
    const digest = await runtime.resolveImage(step.image, callWithin(context, resolveLimitMs));
    if (digest !== undefined) return;
  }
  if (step.policy === "never") {
    throw new StackhouseError("app.image-missing", `image ${step.image} is not on the host, and it may not be pulled`, {
      hint: "send the image to the host first, or take `pull_policy: never` away",
    });
  }
  const credentials = context.desired?.registries[registryOf(step.image)];
  try {
    await runtime.pullImage(step.image, credentials, { ...callWithin(context, pullLimitMs), onProgress: progress });
  } catch (error) {
    context.signal.throwIfAborted();
    const problem = explain(error);
    throw problem.message.includes(step.image) ? problem : within(`image ${step.image}`, error);
  }
}

/**
 * The registry that a reference points to, as credentials are given for it.
 * Source: https://github.com/distribution/reference/blob/main/normalize.go
 */
export function registryOf(reference: string): string {
  const slash = reference.indexOf("/");
  const first = slash < 0 ? "" : reference.slice(0, slash);
  return /[.:]/.test(first) || first === "localhost" ? first : "docker.io";
}
