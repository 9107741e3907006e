import type { Clock } from "../../modules/base/clock.ts";
import { StackhouseError } from "../../modules/base/errors.ts";
import type { LogLine, LogsQuery } from "../../modules/protocol/api.ts";
import type { EventHub } from "../execute/event-hub.ts";
import type { Runtime, RuntimeEvent } from "../runtime/port.ts";
import type { SentEvent } from "./answer.ts";
import { createChannel } from "./channel.ts";

export interface LogPorts {
  readonly runtime: Runtime;
  readonly events: EventHub;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

interface Source {
  readonly id: string;
  readonly name: string;
  readonly service: string;
}

const readLimitMs = 30_000;

/**
 * Log lines of an app. Without `follow` they are in the order of time, and `end` comes last; with it they are as they come, and
 * a container that starts later, or again, is followed too.
 */
export async function appLogs(app: string, query: LogsQuery, ports: LogPorts): Promise<AsyncIterable<SentEvent>> {
  // Begun before it is asked what is there: what starts in between is in the one or in the other.
  const follower = query.follow ? createFollower(app, query, ports) : undefined;
  try {
    const sources = await sourcesOf(app, query, ports);
    return asEvents(follower === undefined ? past(sources, query, ports) : follower.lines(sources));
  } catch (error) {
    follower?.close();
    throw error;
  }
}

async function sourcesOf(app: string, query: LogsQuery, { runtime, signal }: LogPorts): Promise<readonly Source[]> {
  const { containers, networks } = await runtime.observe(app, [], { signal, deadlineMs: readLimitMs });
  if (containers.length + networks.length === 0) {
    throw new StackhouseError("app.not-found", `there is no app ${app} on this host`);
  }
  const there = new Set(containers.map(({ service }) => service));
  const unknown = query.services.find((service) => !there.has(service));
  if (unknown !== undefined) {
    throw new StackhouseError("input.invalid", `${app} has no containers of a service ${unknown}`, {
      hint: `it has: ${[...there].sort().join(", ")}`,
    });
  }
  return containers.filter(({ service }) => isWanted(service, query));
}

function isWanted(service: string, query: LogsQuery): boolean {
  return query.services.length === 0 || query.services.includes(service);
}

async function* asEvents(lines: AsyncIterable<LogLine>): AsyncGenerator<SentEvent> {
  for await (const line of lines) yield { event: "line", data: line };
  yield { event: "end", data: {} };
}

/** Merges what was written so far by time. Each source is in order; one line of each is held. */
async function* past(sources: readonly Source[], query: LogsQuery, ports: LogPorts): AsyncGenerator<LogLine> {
  const readers = sources.map((source) => read(source, { ...query, follow: false }, ports));
  try {
    const heads = await Promise.all(readers.map(async (reader) => ({ reader, head: await reader.next() })));
    for (;;) {
      const open = heads.filter(({ head }) => head.done !== true);
      const [first, ...others] = open;
      if (first === undefined) return;
      const earliest = others.reduce((one, other) => (timeOf(other.head) < timeOf(one.head) ? other : one), first);
      if (earliest.head.done !== true) yield earliest.head.value;
      earliest.head = await earliest.reader.next();
    }
  } finally {
    await Promise.allSettled(readers.map((reader) => reader.return(undefined)));
  }
}

function timeOf(head: IteratorResult<LogLine, unknown>): string {
  return head.done === true ? "" : head.value.at;
}

async function* read(source: Source, query: LogsQuery, { runtime, signal }: LogPorts): AsyncGenerator<LogLine> {
  for await (const line of runtime.logs(source.id, query, signal)) {
    yield { service: source.service, container: source.name, ...line };
  }
}

/** From where on a log is read. */
type Position = Pick<LogsQuery, "since" | "tail">;

function positionOf({ since, tail }: LogsQuery): Position {
  return { ...(since === undefined ? {} : { since }), ...(tail === undefined ? {} : { tail }) };
}

interface Follower {
  /** Lines of these, and of what has started since the follower was made, or starts later. */
  lines(sources: readonly Source[]): AsyncGenerator<LogLine>;
  close(): void;
}

function createFollower(app: string, query: LogsQuery, ports: LogPorts): Follower {
  const { runtime, events, clock, signal } = ports;
  const channel = createChannel<LogLine>(signal);
  const attached = new Map<string, { startedAgain: boolean }>();

  const follow = async (source: Source, from: Position): Promise<void> => {
    const state = { startedAgain: true };
    attached.set(source.id, state);
    const begun = new Date(clock.now()).toISOString();
    let position = from;
    // The newest line of the readings before: it comes again. Within a reading times may go back a little, for a container writes
    // to two streams.
    let passed: string | undefined;
    while (state.startedAgain && !signal.aborted) {
      state.startedAgain = false;
      let newest = passed;
      for await (const line of read(source, { services: [], follow: true, ...position }, ports)) {
        if (passed !== undefined && line.at <= passed) continue;
        if (newest === undefined || line.at > newest) newest = line.at;
        await channel.send(line);
      }
      passed = newest;
      position = { since: newest ?? position.since ?? begun };
    }
    attached.delete(source.id);
  };
  const attach = (source: Source, from: Position): void => {
    follow(source, from).catch((error: unknown) => channel.fail(error));
  };
  const onEvent = async (event: RuntimeEvent): Promise<void> => {
    if (event.kind !== "started" || event.app !== app || !isWanted(event.service, query)) return;
    const known = attached.get(event.containerId);
    if (known !== undefined) {
      known.startedAgain = true;
      return;
    }
    const detail = await runtime.inspectContainer(event.containerId, { signal, deadlineMs: readLimitMs });
    const startedAt = detail?.container.startedAt;
    if (detail !== undefined) attach(detail.container, startedAt === undefined ? {} : { since: startedAt });
  };

  const take = (event: RuntimeEvent): void => void onEvent(event).catch((error: unknown) => channel.fail(error));
  let early: RuntimeEvent[] | undefined = [];
  const close = events.subscribe((event) => {
    if (early === undefined) take(event);
    else early.push(event);
  });
  signal.addEventListener("abort", close, { once: true }); // Nobody may ever ask for the lines.

  return {
    async *lines(sources) {
      try {
        for (const source of sources) attach(source, positionOf(query));
        // A start of a source was before its log is read: there is nothing to come back for.
        for (const event of early ?? []) if (event.kind === "started" && !attached.has(event.containerId)) take(event);
        early = undefined;
        yield* channel.items;
      } finally {
        close();
      }
    },
    close,
  };
}
