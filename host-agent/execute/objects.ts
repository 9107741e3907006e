import { callWithin, type StepContext, type StepOf } from "./context.ts";
import { desiredOf, known } from "./desired.ts";

const limitMs = 60_000;

export async function createNetwork(step: StepOf<"create-network">, context: StepContext): Promise<void> {
  const { app } = context;
  const { model, fingerprints } = desiredOf(context);
  const key = step.network;
  const network = known("network", key, model.networks?.[key]);
  const fingerprint = known("network", key, fingerprints.networks[key]);
  await context.runtime.createNetwork({ app, key, fingerprint, network }, callWithin(context, limitMs));
}

export async function removeNetwork(step: StepOf<"remove-network">, context: StepContext): Promise<void> {
  await context.runtime.removeNetwork(step.name, callWithin(context, limitMs));
}

export async function createVolume(step: StepOf<"create-volume">, context: StepContext): Promise<void> {
  const { app } = context;
  const { model, fingerprints } = desiredOf(context);
  const key = step.volume;
  const volume = known("volume", key, model.volumes?.[key]);
  const fingerprint = known("volume", key, fingerprints.volumes[key]);
  await context.runtime.createVolume({ app, key, fingerprint, volume }, callWithin(context, limitMs));
}

export async function removeVolume(step: StepOf<"remove-volume">, context: StepContext): Promise<void> {
  await context.runtime.removeVolume(step.name, callWithin(context, limitMs));
}
