import { createHash } from "node:crypto";
import { posix } from "node:path";
import { labels } from "../../modules/protocol/api.ts";
import type { ContainerSpec } from "./port.ts";

/** A volume that a stack file or an image asks for without a name. */
export interface AnonymousVolume {
  readonly name: string;
  /** As it was asked for. */
  readonly target: string;
}

type Place = Pick<ContainerSpec, "app" | "service" | "number">;

/**
 * The anonymous volumes of a container. They belong to its place in the app (service, number, target), and their names follow
 * from that: the container that takes its place has the same ones and goes on with their data, whatever happened between.
 *
 * @param ofImage targets of the volumes that the image declares and `volumes_from` does not bring; those that the service
 *   mounts something on do not count.
 */
export function anonymousVolumes(spec: ContainerSpec, ofImage: readonly string[] = []): readonly AnonymousVolume[] {
  const { volumes = [], tmpfs = [] } = spec.definition;
  const mounted = [
    ...volumes.map(({ target }) => target),
    ...tmpfs.map((entry) => entry.split(":")[0] ?? entry),
    ...spec.files.map(({ target }) => target),
  ].map(cleanTarget);
  const own = volumes.flatMap(({ type, source, target }) =>
    type === "volume" && source === undefined ? [target] : [],
  );
  const others = ofImage.filter((target) => !mounted.includes(cleanTarget(target)));
  return [...own, ...others].map((target) => ({ name: anonymousVolumeName(spec, target), target }));
}

/** The same for every way to write a target. */
export function anonymousVolumeName({ app, service, number }: Place, target: string): string {
  const place = JSON.stringify([app, service, number, cleanTarget(target)]);
  return createHash("sha256").update(place).digest("hex");
}

/** How a volume is known for an anonymous one of ours, and whose. */
export function anonymousVolumeLabels(
  { app, service, number }: Place,
  target: string,
): Readonly<Record<string, string>> {
  return {
    [labels.app]: app,
    [labels.service]: service,
    [labels.number]: String(number),
    [labels.target]: cleanTarget(target),
  };
}

export function cleanTarget(target: string): string {
  return posix.resolve("/", target);
}
