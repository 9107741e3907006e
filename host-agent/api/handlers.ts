import type { Clock } from "../../modules/base/clock.ts";
import { StackhouseError } from "../../modules/base/errors.ts";
import type { AgentInfo } from "../../modules/protocol/api.ts";
import { openApiDocument } from "../../modules/protocol/openapi.ts";
import type { RouteName, routes } from "../../modules/protocol/routes.ts";
import type { EventHub } from "../execute/event-hub.ts";
import type { Apps } from "../reconcile/apps.ts";
import { checkDesired } from "../reconcile/check.ts";
import type { Jobs } from "../reconcile/jobs.ts";
import type { Runtime } from "../runtime/port.ts";
import type { ArchiveStore } from "../store/archives.ts";
import type { SentEvent } from "./answer.ts";
import type { Input } from "./border.ts";
import { imageDigests, loadedArchives, loadImages } from "./images.ts";
import { appLogs } from "./logs.ts";

/** What the API stands on. */
export interface Services {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly events: EventHub;
  readonly apps: Apps;
  readonly jobs: Jobs;
  readonly archives: ArchiveStore;
  readonly info: (signal: AbortSignal) => Promise<AgentInfo>;
  readonly confirm: () => Promise<void>;
}

type KindOf<N extends RouteName> = (typeof routes)[N]["answer"]["kind"];
/** What can be known to be wrong before the first event is a rejection, and so has a status. */
type Result<N extends RouteName> = Promise<KindOf<N> extends "json" ? unknown : AsyncIterable<SentEvent>>;

/** Routes that are answered over HTTP; `exec` leaves it. */
export type HttpRoute = { [N in RouteName]: KindOf<N> extends "upgrade" ? never : N }[RouteName];

/** A handler for each route. A route without one does not compile. */
export type Handlers = { readonly [N in HttpRoute]: (input: Input<N>) => Result<N> };

export function createHandlers(services: Services): Handlers {
  const { runtime, clock, events, apps, jobs } = services;
  return {
    info: ({ signal }) => services.info(signal),
    confirm: async ({ signal }) => {
      await services.confirm();
      return await services.info(signal);
    },
    apps: async ({ signal }) => ({ apps: await apps.list(signal) }),
    status: ({ params, signal }) => apps.status(params.app, signal),
    plan: async ({ params, body, signal }) => {
      checkDesired(params.app, body.desired);
      return await apps.plan(body.desired, signal);
    },
    apply: ({ params, body }) =>
      answer(() => {
        checkDesired(params.app, body.desired);
        return jobs.submit({ kind: "apply", request: body }, params.app);
      }),
    remove: ({ params, body }) => answer(() => jobs.submit({ kind: "remove", request: body }, params.app)),
    job: ({ params }) => answer(() => jobs.get(params.id)),
    jobEvents: ({ params, request, signal }) =>
      answer(() => {
        const { id } = jobs.get(params.id);
        return jobEvents(jobs, id, lastEventId(request.headers), signal);
      }),
    cancel: ({ params }) => answer(() => jobs.cancel(params.id)),
    logs: ({ params, query, signal }) => appLogs(params.app, query, { runtime, events, clock, signal }),
    images: async ({ query, signal }) => ({ images: await imageDigests(query.reference, runtime, signal) }),
    loadImages: ({ request, query, signal }) =>
      answer(() => loadImages({ request, archive: query.digest }, services, signal)),
    archives: async ({ query, signal }) => ({ archives: await loadedArchives(query.digest, services, signal) }),
    openapi: () => answer(openApiDocument),
  };
}

/** What is known at once, as a promise: what it throws is a rejection. */
function answer<T>(work: () => T): Promise<T> {
  return Promise.resolve().then(work);
}

async function* jobEvents(jobs: Jobs, id: string, after: number, signal: AbortSignal): AsyncGenerator<SentEvent> {
  for await (const event of jobs.events(id, after, signal)) yield { id: String(event.seq), event: "job", data: event };
}

function lastEventId(headers: Readonly<Record<string, unknown>>): number {
  const id = headers["last-event-id"] ?? "0";
  if (typeof id === "string" && /^\d{1,15}$/.test(id)) return Number(id);
  throw new StackhouseError("input.invalid", "Last-Event-ID is not a number");
}
