import type { Clock } from "../base/clock.ts";
import { withDeadline } from "../base/deadline.ts";
import { isStackhouseError, StackhouseError, type ErrorCode } from "../base/errors.ts";
import { planSchema } from "../plan/types.ts";
import { agentInfoSchema, logLineSchema, type LogLine, type LogsQuery } from "../protocol/api.ts";
import { appStatusSchema } from "../protocol/app.ts";
import { jobSchema } from "../protocol/jobs.ts";
import { appsSchema, archivesSchema, imagesSchema, logsSearch, routes } from "../protocol/routes.ts";
import { notUnderstood, streamError } from "./errors.ts";
import { decodeEvent, readEvents } from "./events.ts";
import { startExec } from "./exec.ts";
import { runJob } from "./jobs.ts";
import { exchangeJson, openStream, pathOf, type Exchange } from "./transport.ts";
import type { AgentCall, AgentClient, ImageArchive, LoadCall, OpenStream } from "./types.ts";

export interface AgentClientOptions {
  readonly open: OpenStream;
  /** For archives, where another way is faster for much at once. Default: `open`. */
  readonly bulk?: OpenStream;
  readonly clock: Clock;
  /** What to do where the agent is silent, as the hint of an error. */
  readonly wayBack?: string;
  /** How long a job looks for an agent that was lost, milliseconds. Default 60 000. */
  readonly reconnectMs?: number;
}

const defaultDeadlineMs = 30_000;
/** Loading hundreds of megabytes under emulation takes minutes. */
const loadDeadlineMs = 1_800_000;

/** The API of one agent, see `AgentClient`. */
export function createAgentClient(options: AgentClientOptions): AgentClient {
  const { open, clock } = options;
  const ports = { open, clock, reconnectMs: options.reconnectMs ?? 60_000 };

  /** Work within the call's deadline; `code` and `what` make the error. */
  const within = <T>(
    call: AgentCall,
    { code, what }: { readonly code: ErrorCode; readonly what: string },
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    const deadlineMs = call.deadlineMs ?? defaultDeadlineMs;
    const late = (): StackhouseError =>
      new StackhouseError(code, `the host agent did not answer ${what} within ${deadlineMs / 1000} s`, {
        hint: options.wayBack,
      });
    return withDeadline({ clock, signal: call.signal, deadlineMs }, late, work);
  };
  /** Whether there is a way to the host is not the agent's to answer: it is found out before, and fails with its own reason. */
  const get = async <T>(
    exchange: Omit<Exchange, "signal">,
    schema: Parameters<typeof exchangeJson<T>>[2],
    call: AgentCall,
  ): Promise<T> => {
    const stream = await openStream(open, call.signal);
    const what = `${exchange.route.method} ${exchange.path}`;
    return within(call, { code: "agent.silent", what }, (signal) =>
      exchangeJson(() => Promise.resolve(stream), { ...exchange, signal }, schema),
    );
  };

  return {
    info: (call) => get({ route: routes.info, path: pathOf(routes.info) }, agentInfoSchema, call),
    confirm: (call) => get({ route: routes.confirm, path: pathOf(routes.confirm) }, agentInfoSchema, call),
    apps: async (call) => (await get({ route: routes.apps, path: pathOf(routes.apps) }, appsSchema, call)).apps,

    async status(app, call) {
      const route = routes.status;
      try {
        return await get({ route, path: pathOf(route, { app }) }, appStatusSchema, call);
      } catch (error) {
        if (isStackhouseError(error, "app.not-found")) return undefined;
        throw error;
      }
    },

    plan(desired, call) {
      const route = routes.plan;
      return get(
        { route, path: pathOf(route, { app: desired.model.name }), body: { json: { desired } } },
        planSchema,
        call,
      );
    },

    apply: (desired, call) =>
      runJob(
        ports,
        {
          route: routes.apply,
          app: desired.model.name,
          body: (jobId) => ({ desired, jobId, deadlineMs: call.deadlineMs, requestedBy: call.requestedBy }),
        },
        call,
      ),

    async remove(app, deleteVolumes, call) {
      const { deadlineMs, requestedBy } = call;
      const body = (jobId: string): unknown => ({ jobId, deleteVolumes, deadlineMs, requestedBy });
      await runJob(ports, { route: routes.remove, app, body }, call);
    },

    job: (id, call) => get({ route: routes.job, path: pathOf(routes.job, { id }) }, jobSchema, call),
    cancelJob: (id, call) => get({ route: routes.cancel, path: pathOf(routes.cancel, { id }) }, jobSchema, call),
    logs: (app, query, signal) => readLogs(options, app, query, signal),
    exec: (app, request, signal) => startExec(open, { app, request }, signal),

    async images(references, call) {
      const search = new URLSearchParams(references.map((reference): [string, string] => ["reference", reference]));
      const path = pathOf(routes.images, {}, `?${search.toString()}`);
      return (await get({ route: routes.images, path }, imagesSchema, call)).images;
    },

    async archives(digests, call) {
      const search = new URLSearchParams(digests.map((digest): [string, string] => ["digest", digest]));
      const path = pathOf(routes.archives, {}, `?${search.toString()}`);
      return (await get({ route: routes.archives, path }, archivesSchema, call)).archives;
    },

    loadImages: (archive, call) =>
      within({ deadlineMs: loadDeadlineMs, ...call }, { code: "deadline", what: "with the loaded images" }, (signal) =>
        loadImages(options, archive, { ...call, signal }),
      ),
  };
}

async function* readLogs(
  { open, clock }: AgentClientOptions,
  app: string,
  query: LogsQuery,
  signal: AbortSignal,
): AsyncGenerator<LogLine, undefined> {
  const route = routes.logs;
  for await (const event of readEvents(open, clock, {
    route,
    path: pathOf(route, { app }, logsSearch(query)),
    signal,
  })) {
    if (event.event === "line") yield decodeEvent(logLineSchema, event);
    if (event.event === "end") return undefined;
  }
  throw streamError(new Error("the log stream ended before its end"));
}

async function loadImages(
  { open, bulk = open, clock }: AgentClientOptions,
  archive: ImageArchive,
  { signal, onProgress }: LoadCall,
): Promise<readonly string[]> {
  const route = routes.loadImages;
  const { progress, loaded } = route.answer.schemas;
  const path = pathOf(route, {}, `?digest=${archive.digest}`);
  for await (const event of readEvents(bulk, clock, { route, path, body: { tar: archive.open }, signal })) {
    if (event.event === "progress") onProgress?.(decodeEvent(progress, event).text);
    if (event.event === "loaded") return decodeEvent(loaded, event).references;
  }
  throw notUnderstood("the images were neither loaded nor refused");
}
