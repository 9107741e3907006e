import { externalName, valueOf } from "../forms/collections.ts";
import { labels, namePattern, options } from "./common.ts";
import { service } from "./service.ts";
import { boolean, dictionary, list, mapping, obsolete, reading, refused, string } from "./shape.ts";

/** `{ name: … }`, the old way, is written out by `externalName` with the map around it. */
const external = boolean({ longForm: reading([mapping({ name: string() })], (node) => node) });

const network = mapping(
  {
    name: string(),
    driver: string(),
    driver_opts: options,
    ipam: mapping({
      driver: string(),
      config: list(
        mapping({ subnet: string(), ip_range: string(), gateway: string(), aux_addresses: dictionary(string()) }),
        { identity: valueOf("subnet"), mergeItems: true },
      ),
      options: dictionary(string()),
    }),
    external,
    internal: boolean(),
    enable_ipv4: boolean(),
    enable_ipv6: boolean(),
    attachable: boolean(),
    labels,
  },
  { nullable: true, longForm: externalName, keepsExtensions: true },
);

const volume = mapping(
  { name: string(), driver: string(), driver_opts: options, external, labels },
  { nullable: true, longForm: externalName, keepsExtensions: true },
);

const cluster = "a store outside the app is for clusters; use file or environment";

const secret = mapping(
  {
    name: string(),
    file: string(),
    environment: string(),
    external: refused(cluster),
    labels,
    driver: refused(cluster),
    driver_opts: refused(cluster),
    template_driver: refused(cluster),
  },
  { longForm: externalName, keepsExtensions: true },
);

const config = mapping(
  {
    name: string(),
    file: string(),
    environment: string(),
    content: string(),
    external: refused(cluster),
    labels,
    template_driver: refused(cluster),
  },
  { longForm: externalName, keepsExtensions: true },
);

const names = namePattern;

/** A stack file. */
export const stackFile = mapping(
  {
    version: obsolete("the Compose Specification has one version"),
    name: string(),
    include: refused("it comes with the whole Compose Specification; name the files in the list of stack files"),
    services: dictionary(service, { names }),
    networks: dictionary(network, { names }),
    volumes: dictionary(volume, { names }),
    configs: dictionary(config, { names }),
    secrets: dictionary(secret, { names }),
    models: refused("AI models do not work yet"),
  },
  { keepsExtensions: true, required: ["services"] },
);
