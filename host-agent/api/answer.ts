import type { ServerResponse } from "node:http";
import { drained } from "../../modules/base/backpressure.ts";
import { isStackhouseError, type ErrorCode } from "../../modules/base/errors.ts";
import { protocolHeader, protocolVersion } from "../../modules/protocol/api.ts";
import type { Problem } from "../../modules/protocol/jobs.ts";
import { encodeServerSentEvent, heartbeat } from "../../modules/protocol/sse.ts";
import { explain, problemOf } from "../execute/problems.ts";

/** One event of a stream before it is text. */
export interface SentEvent {
  readonly id?: string;
  readonly event: string;
  readonly data: unknown;
}

export const protocolText = `${protocolVersion.major}.${protocolVersion.minor}`;

const statuses: Partial<Record<ErrorCode, number>> = {
  "input.invalid": 400,
  "agent.protocol": 400,
  "app.not-found": 404,
  "agent.job-not-found": 404,
  "lock.held": 409,
  cancelled: 409,
  "agent.unreachable": 503,
  "agent.runtime-unavailable": 503,
  deadline: 504,
};

/** The HTTP status of an error: 500 for what we did not foresee. */
export function statusOf(error: unknown): number {
  return statuses[explain(error).code] ?? (isStackhouseError(error) && error.code !== "internal" ? 422 : 500);
}

export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    [protocolHeader]: protocolText,
  });
  response.end(text);
}

/** Answers a problem. A request whose body was not read to its end leaves no usable connection. */
export function answerProblem(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (!response.req.complete) response.setHeader("connection", "close");
  const problem: Problem = problemOf(error);
  answerJson(response, statusOf(error), problem);
}

/**
 * Streams events, no faster than the client reads them, with a comment every `heartbeatMs` so that a dead connection is
 * noticed. An error after the start becomes a last event, `failed`.
 */
export async function answerEvents(
  response: ServerResponse,
  events: AsyncIterable<SentEvent>,
  heartbeatMs: number,
): Promise<void> {
  response.writeHead(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    [protocolHeader]: protocolText,
  });
  response.flushHeaders();
  const timer = setInterval(() => {
    if (!response.writableNeedDrain) response.write(heartbeat);
  }, heartbeatMs);
  try {
    for await (const { data, ...event } of events) await write(response, encode({ ...event, data }));
  } catch (error) {
    if (!response.destroyed) await write(response, encode({ event: "failed", data: problemOf(error) }));
  } finally {
    clearInterval(timer);
    response.end();
  }
}

function encode({ data, ...event }: SentEvent): string {
  return encodeServerSentEvent({ ...event, data: JSON.stringify(data) });
}

async function write(response: ServerResponse, text: string): Promise<void> {
  if (response.destroyed || response.write(text)) return;
  await drained(response);
}
