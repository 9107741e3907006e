import { StackhouseError } from "../../modules/base/errors.ts";
import type { RegistryCredentials } from "../runtime/port.ts";
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
  const credentials = credentialsFor(step.image, context.desired?.registries ?? {});
  try {
    await runtime.pullImage(step.image, credentials, { ...callWithin(context, pullLimitMs), onProgress: progress });
  } catch (error) {
    context.signal.throwIfAborted();
    const problem = explain(error);
    throw problem.message.includes(step.image) ? problem : within(`image ${step.image}`, error);
  }
}

const dockerHub = ["docker.io", "index.docker.io", "https://index.docker.io/v1/"];

/**
 * The credentials for the registry of a reference. A first part with a dot, a colon or the name localhost is a registry; all
 * others are Docker Hub's, which goes by several names.
 * Source: https://github.com/distribution/reference/blob/main/normalize.go
 */
export function credentialsFor(
  reference: string,
  registries: Readonly<Record<string, RegistryCredentials>>,
): RegistryCredentials | undefined {
  const slash = reference.indexOf("/");
  const first = slash < 0 ? "" : reference.slice(0, slash);
  const isRegistry = /[.:A-Z]/.test(first) || first === "localhost";
  const name = (isRegistry && !dockerHub.includes(first) ? [first] : dockerHub).find((each) =>
    Object.hasOwn(registries, each),
  );
  return name === undefined ? undefined : registries[name];
}
