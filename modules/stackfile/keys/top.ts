import { externalName } from "../forms/collections.ts";
import { labels, namePattern, options, plainLabels, someName, strings, stringOrStrings } from "./common.ts";
import { service } from "./service.ts";
import {
  accepted,
  boolean,
  dictionary,
  list,
  mapping,
  obsolete,
  refused,
  strictInteger,
  string,
  type MappingShape,
} from "../shapes/shape.ts";

/** An empty one is a text, too. */
const text = string({ keepsZero: true });

/** `external: { name: X }` is the old form. That of a config or secret may have any keys. */
const external = (options: Pick<MappingShape, "open"> = {}): MappingShape =>
  mapping(
    { name: string() },
    { or: ["boolean", "string"], scalar: boolean({ cast: true }), expected: "true or false", ...options },
  );

/** The engine refuses a network without a name, and gives a volume another one each time. */
const objectName = string({ keepsZero: true, runs: { pattern: { matches: /\S/, expected: "a name" } } });

const network = mapping(
  {
    name: objectName,
    driver: string(),
    driver_opts: options,
    ipam: mapping({
      driver: string(),
      config: list(
        mapping({
          subnet: string(),
          ip_range: string(),
          gateway: string(),
          aux_addresses: dictionary(text, { names: someName }),
        }),
        { merge: "pools" },
      ),
      options: dictionary(text, { names: someName, unique: true }),
    }),
    external: external(),
    internal: boolean({ cast: true }),
    enable_ipv4: boolean({ cast: true, keepsZero: true }),
    enable_ipv6: boolean({ cast: true, keepsZero: true }),
    attachable: boolean({ cast: true }),
    labels,
  },
  { or: ["null"], longForm: externalName, keepsExtensions: true },
);

const volumeLabels = { ...plainLabels, merge: "pairs" } as const;

const volume = mapping(
  { name: objectName, driver: string(), driver_opts: options, external: external(), labels: volumeLabels },
  { or: ["null"], longForm: externalName, keepsExtensions: true },
);

const cluster = ["stores outside the app are for clusters", "give it by file or environment"] as const;
const noObject = "its content becomes a file of the containers, there is no object of its own on the host";

const secret = mapping(
  {
    name: accepted(text, noObject),
    file: string({ path: "host" }),
    environment: string(),
    external: refused(external({ open: true }), ...cluster),
    labels: accepted(plainLabels, noObject),
    driver: refused(string(), ...cluster),
    driver_opts: refused(dictionary(string({ accepts: ["string", "number"], keepsZero: true })), ...cluster),
    template_driver: refused(string(), ...cluster),
  },
  { longForm: externalName, passes: "null", keepsExtensions: true },
);

const config = mapping(
  {
    name: accepted(text, noObject),
    file: string({ path: "host" }),
    environment: string(),
    content: string(),
    external: refused(external({ open: true }), ...cluster),
    labels: accepted(plainLabels, noObject),
    template_driver: refused(string(), "configs are not templates", "put variables of the stack file into content"),
  },
  { longForm: externalName, passes: "null", keepsExtensions: true },
);

const model = mapping(
  { name: string(), model: string(), context_size: strictInteger(), runtime_flags: strings },
  { required: ["model"] },
);

/** An entry of `include`, which is gone when the file is merged. */
export const includeEntry = mapping(
  {
    path: { ...stringOrStrings, or: ["string", "null"] },
    env_file: { ...stringOrStrings, or: ["string", "null"] },
    project_directory: string({ or: ["null"] }),
  },
  { or: ["string", "null"], closed: true, expected: "a path or a map" },
);

const names = namePattern;

/** A stack file. */
export const stackFile = mapping(
  {
    version: obsolete(string(), "the Compose Specification has one version"),
    name: string(),
    include: list(includeEntry, { or: ["null"] }),
    services: dictionary(service, { names }),
    networks: dictionary(network),
    volumes: dictionary(volume, { names }),
    configs: dictionary(config, { names }),
    secrets: dictionary(secret, { names }),
    models: refused(
      dictionary(model),
      "there is no model runner on the host",
      "run a model server as a service with an image",
    ),
  },
  { keepsExtensions: true },
);
