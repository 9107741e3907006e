import type { Clock } from "../../../modules/base/clock.ts";
import { labels } from "../../../modules/protocol/api.ts";
import type { RuntimeEvent } from "../port.ts";
import { eventSchema } from "./answers.ts";
import type { EngineClient } from "./client.ts";
import { toRuntimeError } from "./errors.ts";
import { jsonLines } from "./json-lines.ts";

type ContainerEvent = Exclude<RuntimeEvent, { kind: "listening" }>;

const kinds: Readonly<Record<string, ContainerEvent["kind"]>> = {
  start: "started",
  die: "died",
  health_status: "health",
  destroy: "removed",
};

/** Events of our containers, over one connection; a restart of the engine ends it. */
export async function* watchEngine(
  engine: EngineClient,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<RuntimeEvent, void, undefined> {
  try {
    yield* connection(engine, clock, signal);
  } catch (error) {
    if (!signal.aborted) throw toRuntimeError(error, "any");
  }
}

async function* connection(engine: EngineClient, clock: Clock, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
  // The engine answers before it subscribes; with `since` it replays what happened in between.
  const since = (clock.now() / 1000).toFixed(3);
  const filters = JSON.stringify({
    type: ["container"],
    event: Object.keys(kinds),
    label: [labels.app],
  });
  const stream = await engine.stream({ method: "GET", path: "/events", query: { since, filters }, signal });
  try {
    yield { kind: "listening" };
    for await (const { Action: action, Actor: actor } of jsonLines(eventSchema, stream)) {
      const kind = kindOf(action);
      const app = actor.Attributes[labels.app];
      if (kind === undefined || app === undefined) continue;
      yield { kind, app, service: actor.Attributes[labels.service] ?? "", containerId: actor.ID };
    }
  } finally {
    stream.destroy();
  }
}

/** `health_status: healthy` has its value in the name. */
function kindOf(action: string): ContainerEvent["kind"] | undefined {
  return kinds[action.split(":")[0] ?? ""];
}
