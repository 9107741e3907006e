import { envFilePath, listOfOne, networkNames, oneOrMore, stringAs } from "../../forms/collections.ts";
import { build } from "../build.ts";
import { command, variables, windows } from "../common.ts";
import { absolutePath, platform } from "../engine.ts";
import { develop } from "../hooks.ts";
import {
  accepted,
  boolean,
  dictionary,
  type KeyTable,
  list,
  mapping,
  refused,
  string,
  text,
} from "../../shapes/shape.ts";

const noBuilds = {
  reason: "images are not built here",
  instead:
    "build it elsewhere and name it with image: from a registry, or from an archive (docker save, imageArchives)",
};

const noRefresh = { reason: "images are not pulled by their age", instead: "write always or missing" };

const envFile = mapping(
  { path: string({ path: "file" }), required: boolean({ keepsZero: true, optOut: true }), format: string() },
  {
    or: ["string"],
    longForm: stringAs("path"),
    passes: "everything",
    required: ["path"],
    defaults: { required: true },
    closed: true,
    expected: "a path or a map",
  },
);

const optionValue = text({ accepts: ["string", "number", "boolean"], keepsZero: true });

const providerOption = list(optionValue, { or: ["string", "number", "boolean"], split: listOfOne });

/** The name of a service. */
export const extendedService = string();

/** `services.*.extends` */
export const extension = mapping(
  { service: extendedService, file: string({ path: "file" }) },
  {
    or: ["string"],
    longForm: stringAs("service"),
    required: ["service"],
    closed: true,
    expected: "the name of a service or a map",
  },
);

/** Which image, and what runs in it. */
export const imageAndProcess: KeyTable = {
  image: string(),
  build: {
    shape: build,
    state: "depends",
    on: "image",
    beside: { state: "accepted", note: "the image is taken from the host or its registry, and not built" },
    alone: { state: "refused", ...noBuilds },
  },
  command,
  entrypoint: command,
  environment: variables,
  env_file: list(envFile, {
    or: ["string"],
    longForm: oneOrMore,
    identity: envFilePath,
    merge: "pairs",
    expected: "a path or a list of paths",
  }),
  working_dir: string({ runs: absolutePath }),
  user: string(),
  init: boolean({ cast: true, keepsZero: true }),
  tty: boolean({ cast: true }),
  stdin_open: boolean({ cast: true }),
  platform: string({ runs: platform }),
  pull_policy: string({
    pattern: {
      matches: /always|never|build|if_not_present|missing|refresh|daily|weekly|every_(?:[0-9]+[wdhms])+/,
      expected: "always, missing, if_not_present or never",
      words: ["always", "never", "missing", "if_not_present"],
    },
    runs: {
      values: ["always", "missing", "if_not_present", "never"],
      refused: {
        build: noBuilds,
        refresh: noRefresh,
        daily: noRefresh,
        weekly: noRefresh,
        "every_<duration>": { ...noRefresh, matches: /every_(?:[0-9]+[wdhms])+/ },
      },
    },
  }),
  pull_refresh_after: refused(string(), noRefresh.reason, "write pull_policy: always or missing"),
  runtime: string(),
  isolation: refused(string(), windows, "remove the line"),
  credential_spec: refused(
    mapping({ config: string(), file: string(), registry: string() }),
    windows,
    "give credentials as secrets",
  ),
  provider: refused(
    mapping({ type: string(), options: dictionary(providerOption) }, { required: ["type"] }),
    "nothing runs outside the app's host",
    "run it as a service with an image, or give its address in environment",
  ),
  models: refused(
    dictionary(mapping({ endpoint_var: string(), model_var: string() }, { or: ["null"] }), {
      asList: "names",
      merge: "names",
      longForm: networkNames,
      passes: "scalars",
    }),
    "there is no model runner on the host",
    "run a model server as a service with an image, and give its address in environment",
  ),
  // What it extends is gone when it is extended.
  extends: extension,
  develop: accepted(develop, "it is what docker compose watch reads, and up does not"),
};
