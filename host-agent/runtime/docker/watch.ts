import type { Clock } from "../../../modules/base/clock.ts";
import { labels } from "../../../modules/protocol/api.ts";
import type { RuntimeEvent } from "../port.ts";
import { eventSchema } from "./answers.ts";
import type { EngineClient } from "./client.ts";
import { jsonLines } from "./json-lines.ts";

type ContainerEvent = Exclude<RuntimeEvent, { kind: "listening" }>;

const kinds: Readonly<Record<string, ContainerEvent["kind"]>> = {
  start: "started",
  die: "died",
  health_status: "health",
  destroy: "removed",
};

const firstPauseMs = 100;
const longestPauseMs = 5_000;

/**
 * Events of our containers. When the engine hangs up (a restart) it is dialled again, at growing intervals, until the signal
 * aborts; each new connection begins with `listening`.
 */
export async function* watchEngine(
  engine: EngineClient,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<RuntimeEvent, void, undefined> {
  let pauseMs = firstPauseMs;
  while (!signal.aborted) {
    try {
      for await (const event of connection(engine, clock, signal)) {
        pauseMs = firstPauseMs;
        yield event;
      }
    } catch {
      // The engine is gone or going: the next connection tells.
    }
    await clock.sleep(pauseMs, signal).catch(() => undefined); // Aborted: the loop ends.
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
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
