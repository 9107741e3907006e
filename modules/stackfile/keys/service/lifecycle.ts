import { dependencies } from "../../forms/collections.ts";
import { healthCommand, namedStrings, namePattern } from "../common.ts";
import { deploy } from "../deploy.ts";
import { intervalOfNoPeriod, notNegative, probeTime, retries, signal } from "../engine.ts";
import { preStartHook, serviceHook } from "../hooks.ts";
import {
  accepted,
  boolean,
  dictionary,
  duration,
  integer,
  type KeyTable,
  list,
  mapping,
  oneOf,
  refused,
  strictBoolean,
  string,
  unsignedNumber,
} from "../../shapes/shape.ts";

const dependency = mapping(
  {
    condition: oneOf("service_started", "service_healthy", "service_completed_successfully"),
    required: strictBoolean({ cast: true, keepsZero: true }),
    restart: boolean({ cast: true }),
  },
  { required: ["condition"] },
);

const healthcheck = mapping(
  {
    test: healthCommand,
    interval: duration({ keepsZero: true, runs: probeTime }),
    timeout: duration({ keepsZero: true, runs: probeTime }),
    retries: unsignedNumber({ cast: true, keepsZero: true }),
    start_period: duration({ keepsZero: true, runs: probeTime }),
    start_interval: duration({ keepsZero: true, runs: probeTime }),
    disable: boolean({ cast: true }),
  },
  { clashes: [intervalOfNoPeriod] },
);

/** When it starts, is well and stops, and how many there are. */
export const lifecycle: KeyTable = {
  restart: string({ runs: { pattern: retries } }),
  depends_on: dictionary(dependency, {
    asList: "names",
    longForm: dependencies,
    merge: "names",
    names: namePattern,
    expected: "a map or a list of services",
  }),
  healthcheck,
  stop_grace_period: duration({ keepsZero: true, runs: notNegative }),
  stop_signal: string({ runs: signal }),
  container_name: string({
    pattern: { matches: /[a-zA-Z0-9][a-zA-Z0-9_.-]+/, expected: "two or more letters, digits, '_', '.' and '-'" },
    runs: {
      pattern: { matches: /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/, expected: "two or more letters, digits, '_', '.' and '-'" },
    },
  }),
  scale: integer({ cast: true, keepsZero: true }),
  deploy,
  profiles: namedStrings,
  attach: accepted(boolean({ keepsZero: true }), "logs are shown on request, `up` attaches to nothing"),
  pre_start: refused(
    list(preStartHook),
    "no hooks are run",
    "make it a service, and wait for it: depends_on with condition: service_completed_successfully",
  ),
  post_start: refused(
    list(serviceHook),
    "no hooks are run",
    "do it in the entrypoint, or in a service of its own that depends_on this one",
  ),
  pre_stop: refused(
    list(serviceHook),
    "no hooks are run",
    "let the program do it when it gets its stop_signal, within stop_grace_period",
  ),
};
