import { createBirth } from "../../host-agent/birth.ts";
import { createHash, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import http, { type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { startAgent, type Agent } from "../../host-agent/agent.ts";
import type { Logger } from "../../host-agent/logging/logger.ts";
import { silentLogger } from "./silent-logger.ts";
import type { Behaviours } from "../../host-agent/runtime/fake/behaviour.ts";
import { createFakeRuntime, type FakeRuntime } from "../../host-agent/runtime/fake/runtime.ts";
import type { Runtime } from "../../host-agent/runtime/port.ts";
import { runningSlot } from "../../host-agent/update/slots.ts";
import type { ApplyRequest } from "../../modules/protocol/api.ts";
import type { DesiredApp } from "../../modules/protocol/app.ts";
import type { JobEvent } from "../../modules/protocol/jobs.ts";
import { decodeServerSentEvents, type ServerSentEvent } from "../../modules/protocol/sse.ts";
import type { FingerprintRules } from "../../modules/stackfile/fingerprint.ts";
import { systemClock } from "../../modules/system/clock.ts";
import type { Model, Service } from "../../modules/stackfile/model.ts";
import { idleClock } from "./idle-clock.ts";

/** An agent on its own folder and socket, started and stopped as often as a test likes; what its runtime holds stays. */
export interface TestAgent extends AsyncDisposable {
  readonly socket: string;
  readonly directory: string;
  readonly http: AgentHttp;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export async function startTestAgent(
  runtime: Runtime,
  options: {
    readonly logger?: Logger;
    readonly heartbeatMs?: number;
    readonly olderRules?: readonly FingerprintRules[];
  } = {},
): Promise<TestAgent> {
  const directory = await mkdtemp(join(tmpdir(), "agent-"));
  const socket = join(directory, "run", "agent.sock");
  let agent: Agent | undefined;
  const start = async (): Promise<void> => {
    agent = await startAgent(
      {
        runtime,
        slot: runningSlot(join(directory, "install"), "a"),
        clock: systemClock,
        logger: options.logger ?? silentLogger,
        ...(options.olderRules === undefined ? {} : { olderRules: options.olderRules }),
      },
      {
        socket,
        stateDirectory: join(directory, "state"),
        ...(options.heartbeatMs === undefined ? {} : { heartbeatMs: options.heartbeatMs }),
        identity: {
          version: "1.2.3",
          bundleDigest: "0".repeat(64),
          facts: { architecture: "x86_64", cpus: 2, memoryBytes: 1, os: "Test", kernel: "1" },
        },
        birth: createBirth(join(directory, "no-template")),
      },
    );
  };
  const stop = async (): Promise<void> => {
    await agent?.stop();
    agent = undefined;
  };
  await start();
  return {
    socket,
    directory,
    http: agentHttp(socket),
    start,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(directory, { recursive: true });
    },
  };
}

/** Ends what the fake's containers would still do by themselves, some of it in an hour. */
export function endFakeRuntime(runtime: FakeRuntime): void {
  for (const { life } of runtime.world.containers.values()) life.abort();
}

export function fakeRuntime(
  behaviours: Behaviours = {},
  images: readonly string[] = ["web:1", "web:2", "db:1"],
): FakeRuntime {
  const runtime = createFakeRuntime({ clock: idleClock, behaviours });
  for (const image of images) runtime.world.images.set(image, `sha256:${image}`);
  return runtime;
}

export interface Answered {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: AnsweredBody;
}

/** What tests look into by name; the rest they match whole. */
interface AnsweredBody extends Record<string, unknown> {
  readonly id: string;
  readonly code: string;
  readonly message: string;
  readonly release?: string;
}

/** The API as it is on the wire, without our client. */
export interface AgentHttp {
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>;
  open(
    method: string,
    path: string,
    options?: { headers?: Record<string, string>; body?: Uint8Array },
  ): Promise<IncomingMessage>;
  /** Events from `after` on, until the stream ends or `until` says so. */
  events(
    path: string,
    options?: { after?: number; until?: (event: ServerSentEvent) => boolean },
  ): Promise<ServerSentEvent[]>;
  jobEvents(id: string, after?: number): Promise<JobEvent[]>;
  /** Applies and waits: the job's events. */
  apply(app: DesiredApp, request?: Partial<ApplyRequest>): Promise<JobEvent[]>;
  remove(app: string, deleteVolumes?: readonly string[]): Promise<JobEvent[]>;
}

export function agentHttp(socketPath: string): AgentHttp {
  const open: AgentHttp["open"] = (method, path, { headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const request = http.request(
        {
          socketPath,
          method,
          path,
          headers: { ...(body === undefined ? {} : { "content-length": body.length }), ...headers },
          agent: false,
        },
        resolve,
      );
      request.on("error", reject);
      request.end(body);
    });
  const send: AgentHttp["send"] = async (method, path, body, headers = {}) => {
    const content =
      body === undefined ? undefined : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
    const response = await open(method, path, { headers, ...(content === undefined ? {} : { body: content }) });
    const answer = await text(response);
    const isJson = response.headers["content-type"] === "application/json";
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: (isJson ? JSON.parse(answer) : {}) as AnsweredBody,
    };
  };
  const events: AgentHttp["events"] = async (path, { after, until = () => false } = {}) => {
    const headers: Record<string, string> = after === undefined ? {} : { "last-event-id": String(after) };
    const response = await open("GET", path, { headers });
    const found: ServerSentEvent[] = [];
    let rest = "";
    for await (const chunk of response.setEncoding("utf8") as AsyncIterable<string>) {
      const decoded = decodeServerSentEvents(rest + chunk);
      rest = decoded.rest;
      found.push(...decoded.events);
      if (decoded.events.some(until)) break;
    }
    return found;
  };
  const jobEvents: AgentHttp["jobEvents"] = async (id, after) =>
    (await events(`/v1/jobs/${id}/events`, after === undefined ? {} : { after })).map(
      ({ data }) => JSON.parse(data) as JobEvent,
    );
  return {
    open,
    send,
    events,
    jobEvents,
    async apply(desired, request) {
      const { body } = await send("PUT", `/v1/apps/${desired.model.name}`, applyRequest(desired, request));
      return await jobEvents(body.id);
    },
    async remove(app, deleteVolumes = []) {
      const request = { jobId: randomUUID(), deadlineMs: 60_000, requestedBy: "a test", deleteVolumes };
      const { body } = await send("DELETE", `/v1/apps/${app}`, request);
      return await jobEvents(body.id);
    },
  };
}

export function applyRequest(desired: DesiredApp, request: Partial<ApplyRequest> = {}): ApplyRequest {
  return { desired, jobId: randomUUID(), deadlineMs: 60_000, requestedBy: "a test", ...request };
}

export function service(image: string, more: Partial<Service> = {}): Service {
  return { image, command: null, entrypoint: null, networks: { default: null }, ...more };
}

export const healthcheck = { test: ["CMD", "true"], interval: "1s", timeout: "1s", retries: 1 };

/** A database with a volume and a health check, and a web front that waits for it. */
export function shop(
  change: { readonly web?: Partial<Service>; readonly db?: Partial<Service> } = {},
  name = "shop",
): DesiredApp {
  const model: Model = {
    name,
    services: {
      db: service("db:1", {
        healthcheck,
        volumes: [{ type: "volume", source: "data", target: "/data" }],
        ...change.db,
      }),
      web: service("web:1", {
        depends_on: { db: { condition: "service_healthy", required: true } },
        ports: [{ mode: "ingress", target: 80, published: "8080", protocol: "tcp" }],
        ...change.web,
      }),
    },
    networks: { default: { name: `${name}_default` } },
    volumes: { data: { name: `${name}_data` } },
  };
  return { model, contents: {}, registries: {} };
}

/** SHA-256 in hexadecimal. */
export function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
