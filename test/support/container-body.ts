import { containerBody } from "../../host-agent/runtime/docker/container-body.ts";
import type { BodyContext } from "../../host-agent/runtime/docker/context.ts";
import type { ContainerSpec } from "../../host-agent/runtime/port.ts";
import type { Service } from "../../modules/stackfile/model.ts";

const newest = 51;
/** Docker Engine 20.10. */
export const oldest = 41;

/** What of the create call comes from the service alone: no labels, no networks, no empty lists. */
export function bodyOf(
  service: Partial<Service>,
  context: Partial<Pick<BodyContext, "api" | "files" | "imageVolumes">> & { contents?: ContainerSpec["files"] } = {},
) {
  const { api = newest, files = [], imageVolumes = [], contents = [] } = context;
  const spec: ContainerSpec = {
    app: "shop",
    service: "web",
    number: 2,
    name: "shop-web-2",
    fingerprint: "v1:sha256:1",
    release: "r1",
    networks: { default: "shop_default", back: "shop_back" },
    volumes: { data: "shop_data" },
    owners: { app: "id-of-app", db: "id-of-db", api: "id-of-api" },
    files: contents,
    definition: { image: "nginx:1.27", command: null, entrypoint: null, ...service },
  };
  const { body } = containerBody(spec, { api, files, imageVolumes });
  const fromService = without(body, ["Labels", "Image", "NetworkingConfig"]);
  return { ...fromService, HostConfig: without(body.HostConfig, ["NetworkMode"]) };
}

function without(fields: object, keys: readonly string[]): object {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([key, value]) =>
        !keys.includes(key) &&
        !(key !== "MaskedPaths" && key !== "ReadonlyPaths" && Array.isArray(value) && value.length === 0),
    ),
  );
}

/** The container that `bodyOf` makes. */
export const place = { app: "shop", service: "web", number: 2 };
/** A create call with these settings of the host's, and with nothing else. */
export const host = (fields: object) => ({ HostConfig: fields });

/** What a service becomes, each by what it shows. */
export type BodyTable = readonly (readonly [string, Partial<Service>, object])[];
