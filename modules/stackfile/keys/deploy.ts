import { completeDevices } from "../forms/collections.ts";
import { scalarAt } from "../tree/node.ts";
import { distinctStrings, labels, plainLabels, strings } from "./common.ts";
import { enoughMemory, notNegative, reservedBeyondLimit } from "./engine.ts";
import {
  accepted,
  bytesText,
  count,
  cpus,
  duration,
  integer,
  list,
  mapping,
  oneOf,
  refusal,
  refused,
  single,
  string,
  unsigned,
  type Clash,
  type Key,
  type Shape,
} from "../shapes/shape.ts";

const swarm = "it needs a cluster of several hosts";

/** What it may ask of a host is looked at by nobody, so that one that does not have it would be taken. */
const constraints = refused(strings, swarm, "give the app the host that has what it needs, and remove constraints");

const order = oneOf("start-first", "stop-first");
const pace = {
  parallelism: unsigned({ cast: true, keepsZero: true }),
  delay: duration(),
  failure_action: string({ runs: { values: ["continue", "pause", "rollback"] } }),
  monitor: duration(),
  max_failure_ratio: single({ cast: true, runs: { range: { min: 0, max: 1 } } }),
};

const withoutEffect = (keys: Readonly<Record<string, Shape>>, note: string): Record<string, Key> =>
  Object.fromEntries(Object.entries(keys).map(([name, shape]) => [name, accepted(shape, note)]));

const updateConfig = mapping({
  ...withoutEffect(pace, "an update goes as fast as health checks allow and stops at the first failure"),
  order,
});

const rollbackConfig = mapping({
  ...withoutEffect({ ...pace, order }, "nothing is rolled back by itself: what failed is tried again by the next up"),
});

/** Devices that a service asks for. `gpus` takes other keys, too, and drops them. */
export const deviceRequest = mapping(
  {
    capabilities: distinctStrings,
    count: count(),
    device_ids: distinctStrings,
    driver: string(),
    options: plainLabels,
  },
  { required: ["capabilities"], complete: completeDevices },
);

const genericResource = mapping({
  discrete_resource_spec: mapping({ kind: string(), value: integer({ accepts: ["number", "string"] }) }),
});

const limits = { cpus: cpus({ runs: notNegative }), memory: bytesText({ runs: enoughMemory }), pids: integer() };

/** Conditions that no failure is counted with. */
const steady: readonly string[] = ["none", "no", "any", "always", "unless-stopped"];

/** Docker Engine creates no such container. Source: moby, api/types/container, `ValidateRestartPolicy`. */
const uselessAttempts: Clash = {
  key: "max_attempts",
  beside: "a `condition` other than `on-failure`",
  state: refusal("attempts are counted on failure only", "write condition: on-failure, or remove max_attempts"),
  others: ["condition"],
  isThere: (policy) =>
    scalarAt(policy, "max_attempts") !== 0 && steady.includes(String(scalarAt(policy, "condition") ?? "")),
};

/** Takes the words of `restart`, too, as docker compose does. */
const restartPolicy = mapping(
  {
    condition: string({ runs: { values: [...steady, "on-failure"] } }),
    delay: accepted(duration({ keepsZero: true }), "the runtime chooses its own delay, as in docker compose"),
    max_attempts: unsigned({ cast: true, keepsZero: true }),
    window: accepted(duration({ keepsZero: true }), "the runtime chooses its own window, as in docker compose"),
  },
  { clashes: [uselessAttempts] },
);

/** `services.*.deploy` */
export const deploy = mapping(
  {
    mode: string({ runs: { values: ["replicated", "global"] } }),
    replicas: integer({ cast: true, keepsZero: true }),
    labels: accepted(labels, "they describe the service as a whole and are not put on its containers"),
    update_config: updateConfig,
    rollback_config: rollbackConfig,
    resources: mapping(
      {
        limits: mapping(limits),
        reservations: mapping({
          cpus: accepted(cpus(), "one host has nowhere else to place the container"),
          memory: bytesText({ runs: enoughMemory }),
          generic_resources: refused(
            list(genericResource),
            swarm,
            "reserve devices, or map them with the service's devices",
          ),
          devices: list(deviceRequest),
        }),
      },
      { clashes: [reservedBeyondLimit] },
    ),
    restart_policy: restartPolicy,
    placement: mapping({
      constraints,
      preferences: accepted(
        list(mapping({ spread: string() })),
        "an app lives on one host: whatever is spread over hosts is all there",
      ),
      max_replicas_per_node: refused(unsigned({ cast: true }), swarm, "give the number itself: replicas"),
    }),
    endpoint_mode: accepted(string(), "a service's name has the addresses of its containers, as in docker compose"),
  },
  { or: ["null"] },
);
