import * as z from "zod";
import { planSchema } from "../plan/types.ts";
import {
  agentInfoSchema,
  applyRequestSchema,
  logLineSchema,
  logsQuerySchema,
  planRequestSchema,
  removeRequestSchema,
  type LogsQuery,
} from "./api.ts";
import { appStatusSchema } from "./app.ts";
import { jobEventSchema, jobSchema, problemSchema } from "./jobs.ts";

/** What a route answers when all is well. Problems are answered as `problemSchema` with a status of 400 or more. */
export type Answer =
  | { readonly kind: "json"; readonly status: 200 | 202; readonly schema: z.ZodType }
  /** Server-sent events: the schema of `data` by event name. */
  | { readonly kind: "events"; readonly schemas: Readonly<Record<string, z.ZodType>> }
  /** The connection leaves HTTP: `exec-frames.ts`. */
  | { readonly kind: "upgrade"; readonly protocol: string };

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Parameters as `:app`. */
  readonly path: string;
  readonly summary: string;
  readonly params: z.ZodType;
  readonly query: z.ZodType;
  /** JSON; `undefined`: no body, or one that is streamed. */
  readonly body: z.ZodType | undefined;
  readonly streams?: "tar";
  readonly answer: Answer;
}

const none = z.strictObject({});
const app = z.strictObject({ app: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/) });
const job = z.strictObject({ id: z.uuid() });
const list = z.union([z.string().transform((one) => [one]), z.array(z.string())]).default([]);

/** A logs query as it stands in an address: `?service=web&follow=true&tail=100`. */
const logsSearchSchema = z
  .strictObject({
    service: list,
    follow: z.enum(["true", "false"]).default("false"),
    tail: z
      .string()
      .regex(/^\d{1,9}$/)
      .optional(),
    since: z.iso.datetime({ offset: true }).optional(),
  })
  .transform(({ service, follow, tail, since }): LogsQuery => ({
    services: service,
    follow: follow === "true",
    ...(tail === undefined ? {} : { tail: Number(tail) }),
    ...(since === undefined ? {} : { since }),
  }))
  .pipe(logsQuerySchema);

/** The query of `GET /v1/apps/:app/logs`, with its question mark. */
export function logsSearch(query: LogsQuery): string {
  const search = new URLSearchParams();
  for (const service of query.services) search.append("service", service);
  search.set("follow", String(query.follow));
  if (query.tail !== undefined) search.set("tail", String(query.tail));
  if (query.since !== undefined) search.set("since", query.since);
  return `?${search.toString()}`;
}

/** Digests of images that are on the host, by reference; absent ones are left out. */
export const imagesSchema = z.object({ images: z.record(z.string(), z.string()) });

const archiveDigest = z.string().regex(/^[0-9a-f]{64}$/);
/** Images of each archive that was loaded here, and whether they are still as they were in it; other archives are left out. */
export const archivesSchema = z.object({
  archives: z.record(z.string(), z.array(z.object({ reference: z.string(), present: z.boolean() }))),
});
export const appsSchema = z.object({ apps: z.array(z.string()) });

/** The agent's whole API. One entry a route: the server has a handler for each, `openapi.ts` describes them. */
export const routes = {
  info: {
    method: "GET",
    path: "/v1/info",
    summary: "What this agent is: version, slot, runtime, facts of the host",
    params: none,
    query: none,
    body: undefined,
    answer: { kind: "json", status: 200, schema: agentInfoSchema },
  },
  confirm: {
    method: "POST",
    path: "/v1/confirm",
    summary: "Confirms the running slot, so that it is the one started from now on. May be repeated",
    params: none,
    query: none,
    body: undefined,
    answer: { kind: "json", status: 200, schema: agentInfoSchema },
  },
  apps: {
    method: "GET",
    path: "/v1/apps",
    summary: "Names of the apps on this host: those with containers, networks or a release; volumes outlive their app",
    params: none,
    query: none,
    body: undefined,
    answer: { kind: "json", status: 200, schema: appsSchema },
  },
  status: {
    method: "GET",
    path: "/v1/apps/:app",
    summary: "The state of an app as it is observed now; 404 where nothing of it is here",
    params: app,
    query: none,
    body: undefined,
    answer: { kind: "json", status: 200, schema: appStatusSchema },
  },
  plan: {
    method: "POST",
    path: "/v1/apps/:app/plan",
    summary: "The steps that an apply would take now. Changes nothing",
    params: app,
    query: none,
    body: planRequestSchema,
    answer: { kind: "json", status: 200, schema: planSchema },
  },
  apply: {
    method: "PUT",
    path: "/v1/apps/:app",
    summary: "Starts a job that makes the app as desired; a repeated job id finds the job that it started",
    params: app,
    query: none,
    body: applyRequestSchema,
    answer: { kind: "json", status: 202, schema: jobSchema },
  },
  remove: {
    method: "DELETE",
    path: "/v1/apps/:app",
    summary: "Starts a job that removes the app; named volumes stay unless listed",
    params: app,
    query: none,
    body: removeRequestSchema,
    answer: { kind: "json", status: 202, schema: jobSchema },
  },
  job: {
    method: "GET",
    path: "/v1/jobs/:id",
    summary: "A job",
    params: job,
    query: none,
    body: undefined,
    answer: { kind: "json", status: 200, schema: jobSchema },
  },
  jobEvents: {
    method: "GET",
    path: "/v1/jobs/:id/events",
    summary: "The job's events from the start, or after `Last-Event-ID`; ends with the job",
    params: job,
    query: none,
    body: undefined,
    answer: { kind: "events", schemas: { job: jobEventSchema } },
  },
  cancel: {
    method: "DELETE",
    path: "/v1/jobs/:id",
    summary: "Cancels a job: no new step is started. What is done stays; the next apply goes on from there",
    params: job,
    query: none,
    body: undefined,
    answer: { kind: "json", status: 202, schema: jobSchema },
  },
  logs: {
    method: "GET",
    path: "/v1/apps/:app/logs",
    summary: "Log lines of the app's containers; with `follow`, of those too that start later",
    params: app,
    query: logsSearchSchema,
    body: undefined,
    answer: { kind: "events", schemas: { line: logLineSchema, end: none, failed: problemSchema } },
  },
  exec: {
    method: "POST",
    path: "/v1/apps/:app/exec",
    summary: "Runs a command in a container. The request is the first frame after the upgrade",
    params: app,
    query: none,
    body: undefined,
    answer: { kind: "upgrade", protocol: "stackhouse-exec" },
  },
  images: {
    method: "GET",
    path: "/v1/images",
    summary: "Digests of the images asked for that are on the host: `?reference=A&reference=B`",
    params: none,
    query: z.strictObject({ reference: list }),
    body: undefined,
    answer: { kind: "json", status: 200, schema: imagesSchema },
  },
  loadImages: {
    method: "POST",
    path: "/v1/images",
    summary: "Loads the images of an archive (`docker save`, or an OCI layout in a tar), sent as `application/x-tar`",
    params: none,
    /** SHA-256 of the archive, by which it is known later. */
    query: z.strictObject({ digest: archiveDigest }),
    body: undefined,
    streams: "tar",
    answer: {
      kind: "events",
      schemas: {
        progress: z.object({ text: z.string() }),
        loaded: z.object({ references: z.array(z.string()) }),
        failed: problemSchema,
      },
    },
  },
  archives: {
    method: "GET",
    path: "/v1/archives",
    summary: "Which of the archives asked for were loaded here, and what is left of them: `?digest=A&digest=B`",
    params: none,
    query: z.strictObject({ digest: list.pipe(z.array(archiveDigest)) }),
    body: undefined,
    answer: { kind: "json", status: 200, schema: archivesSchema },
  },
  openapi: {
    method: "GET",
    path: "/v1/openapi.json",
    summary: "This description",
    params: none,
    query: none,
    body: undefined,
    answer: { kind: "json", status: 200, schema: z.record(z.string(), z.unknown()) },
  },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;
