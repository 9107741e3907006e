import { labels, strings } from "./common.ts";
import { accepted, bytes, duration, integer, mapping, number, oneOf, refused, string } from "./shape.ts";

const swarm = "it needs a cluster of several hosts, which Stackhouse does not run yet";

const updateConfig = mapping({
  parallelism: integer({ range: { min: 0 } }),
  delay: duration(),
  failure_action: oneOf("continue", "pause", "rollback"),
  monitor: duration(),
  max_failure_ratio: number({ range: { min: 0, max: 1 } }),
  order: oneOf("start-first", "stop-first"),
});

/** `services.*.deploy` */
export const deploy = mapping(
  {
    mode: oneOf("replicated", "global"),
    replicas: integer({ range: { min: 0 } }),
    labels: accepted(labels, "they describe the service as a whole and are not put on its containers"),
    update_config: updateConfig,
    rollback_config: updateConfig,
    resources: mapping({
      limits: mapping({ cpus: number({ range: { min: 0 } }), memory: bytes(), pids: integer() }),
      reservations: mapping({
        cpus: accepted(number({ range: { min: 0 } }), "one host has nowhere else to place the container"),
        memory: bytes(),
        generic_resources: refused(swarm),
        devices: refused("GPUs and other devices cannot be reserved yet"),
      }),
    }),
    restart_policy: mapping({
      condition: oneOf("none", "on-failure", "any"),
      delay: accepted(duration(), "the runtime chooses its own delay, as in docker compose"),
      max_attempts: integer({ range: { min: 0 } }),
      window: accepted(duration(), "the runtime chooses its own window, as in docker compose"),
    }),
    placement: mapping({
      constraints: accepted(strings, "an app lives on one host"),
      preferences: refused(swarm),
      max_replicas_per_node: refused(swarm),
    }),
    endpoint_mode: accepted(string(), "an app lives on one host"),
  },
  { nullable: true },
);
