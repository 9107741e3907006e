import { labels } from "../../../modules/protocol/api.ts";
import { RuntimeError } from "../errors.ts";
import type { VolumeSpec } from "../port.ts";
import { listedVolumeSchema } from "./answers.ts";
import type { EngineClient } from "./client.ts";
import { isEngineStatus } from "./errors.ts";
import { volumeLabels } from "./labels.ts";

/** None has a name that is no part of a path, such as `/etc`: the engine leads to another path, and its create call says why. */
async function volumeLabelsOf(engine: EngineClient, name: string, signal: AbortSignal) {
  try {
    const path = `/volumes/${encodeURIComponent(name)}`;
    return (await engine.json(listedVolumeSchema, { method: "GET", path, signal })).Labels;
  } catch (error) {
    if (isEngineStatus(error, 404, 301)) return undefined;
    throw error;
  }
}

/** The engine's own create call would take any volume of that name for an answer. */
export async function createVolume(engine: EngineClient, spec: VolumeSpec, signal: AbortSignal): Promise<void> {
  const { volume, app, fingerprint } = spec;
  const found = await volumeLabelsOf(engine, volume.name, signal);
  if (found !== undefined) {
    if (found[labels.app] === app && found[labels.fingerprint] === fingerprint) return;
    throw new RuntimeError("conflict", `another volume has the name ${volume.name}`);
  }
  await engine.json(listedVolumeSchema, {
    method: "POST",
    path: "/volumes/create",
    body: volumeBody(spec),
    signal,
  });
}

/** The create call of a volume. */
export function volumeBody(spec: VolumeSpec): object {
  const { volume } = spec;
  return { Name: volume.name, Driver: volume.driver, DriverOpts: volume.driver_opts, Labels: volumeLabels(spec) };
}

export async function removeVolume(engine: EngineClient, name: string, signal: AbortSignal): Promise<void> {
  const found = await volumeLabelsOf(engine, name, signal);
  if (found === undefined) return;
  if (found[labels.app] === undefined) throw new RuntimeError("conflict", `volume ${name} is not ours`);
  try {
    await engine.send({ method: "DELETE", path: `/volumes/${encodeURIComponent(name)}`, signal });
  } catch (error) {
    if (!isEngineStatus(error, 404)) throw error;
  }
}
