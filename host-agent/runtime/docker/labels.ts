import type { ContainerSpec, NetworkSpec, VolumeSpec } from "../port.ts";
import { labels } from "../../../modules/protocol/api.ts";
import type { Service } from "../../../modules/stackfile/model.ts";

type Labels = Readonly<Record<string, string>>;

/**
 * Docker Compose's own labels, so that its `ps`, `logs` and `down` find what we made. It lists containers by `project`, the
 * presence of `config-hash` and `oneoff`. Source: docker/compose, pkg/api/labels.go.
 */
const compose = {
  project: "com.docker.compose.project",
  service: "com.docker.compose.service",
  number: "com.docker.compose.container-number",
  hash: "com.docker.compose.config-hash",
  oneoff: "com.docker.compose.oneoff",
  dependsOn: "com.docker.compose.depends_on",
  network: "com.docker.compose.network",
  volume: "com.docker.compose.volume",
} as const;

/** Ours win over those of the stack file: they are what tells our things from others. */
export function containerLabels(spec: ContainerSpec): Labels {
  return {
    ...spec.definition.labels,
    [labels.app]: spec.app,
    [labels.service]: spec.service,
    [labels.number]: String(spec.number),
    [labels.fingerprint]: spec.fingerprint,
    [labels.release]: spec.release,
    [compose.project]: spec.app,
    [compose.service]: spec.service,
    [compose.number]: String(spec.number),
    [compose.hash]: spec.fingerprint,
    [compose.oneoff]: "False",
    [compose.dependsOn]: dependencies(spec.definition),
  };
}

export function networkLabels(spec: NetworkSpec): Labels {
  return { ...spec.network.labels, ...objectLabels(spec), [compose.network]: spec.key };
}

export function volumeLabels(spec: VolumeSpec): Labels {
  return { ...spec.volume.labels, ...objectLabels(spec), [compose.volume]: spec.key };
}

function objectLabels({ app, key, fingerprint }: { app: string; key: string; fingerprint: string }): Labels {
  return { [labels.app]: app, [labels.key]: key, [labels.fingerprint]: fingerprint, [compose.project]: app };
}

/** `db:service_healthy:false,…`: by it Compose orders `down`. */
function dependencies({ depends_on: dependsOn = {} }: Service): string {
  return Object.entries(dependsOn)
    .map(([service, { condition, restart }]) => `${service}:${condition}:${restart ?? false}`)
    .join(",");
}

/** Filters of a list call, as the API takes them. */
export function labelFilter(...wanted: readonly string[]): string {
  return JSON.stringify({ label: wanted });
}
