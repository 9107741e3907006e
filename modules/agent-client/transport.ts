import { request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type { Duplex, Readable } from "node:stream";
import * as z from "zod";
import { unlessAborted } from "../base/deadline.ts";
import { isStackhouseError, StackhouseError } from "../base/errors.ts";
import { protocolHeader, protocolVersion } from "../protocol/api.ts";
import { problemSchema } from "../protocol/jobs.ts";
import type { Route } from "../protocol/routes.ts";
import { errorOf, notUnderstood, streamError } from "./errors.ts";
import type { OpenStream } from "./types.ts";

export interface Exchange {
  readonly route: Route;
  /** Path with its parameters filled in, and the query. */
  readonly path: string;
  /** An archive is opened once there is a way for it. */
  readonly body?: { readonly json: unknown } | { readonly tar: () => Readable };
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** A path of the API: `:app` in the route's path becomes the value. */
export function pathOf(route: Route, params: Readonly<Record<string, string>> = {}, search = ""): string {
  return route.path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? "")) + search;
}

/** One request with a JSON answer, decoded by the route's schema. */
export async function exchangeJson<T>(open: OpenStream, exchange: Exchange, schema: z.ZodType<T>): Promise<T> {
  const answer = await openExchange(open, exchange);
  return decode(schema, await answer.json(), exchange.path);
}

/** An answer whose body is still to come. */
export interface OpenAnswer {
  /** The body as it comes; what breaks it is thrown as our error. */
  chunks(): AsyncIterable<Buffer>;
  json(): Promise<unknown>;
}

/** Sends a request and waits for the head of its answer. Throws the agent's problem where it has one. */
export async function openExchange(open: OpenStream, exchange: Exchange): Promise<OpenAnswer> {
  const { signal } = exchange;
  const stream = await openStream(open, signal);
  const explain = explainer(stream, signal);
  try {
    const response = await send(stream, exchange);
    const answer: OpenAnswer = {
      async *chunks() {
        try {
          for await (const chunk of response) yield chunk as Buffer;
        } catch (error) {
          throw explain(error);
        } finally {
          stream.destroy();
        }
      },
      async json() {
        try {
          return parseJson(await text(response), exchange.path);
        } catch (error) {
          throw explain(error);
        } finally {
          stream.destroy();
        }
      },
    };
    checkVersion(response);
    if ((response.statusCode ?? 500) >= 400) throw errorOf(decode(problemSchema, await answer.json(), exchange.path));
    return answer;
  } catch (error) {
    stream.destroy();
    throw explain(error);
  }
}

/** Sends a request that leaves HTTP, and gives the connection. Throws the agent's problem where it refuses. */
export async function openUpgrade(open: OpenStream, exchange: Exchange, protocol: string): Promise<Duplex> {
  const { signal } = exchange;
  const stream = await openStream(open, signal);
  const explain = explainer(stream, signal);
  try {
    const request = start(stream, exchange, { connection: "upgrade", upgrade: protocol });
    const upgraded = new Promise<{ readonly upgrade: IncomingMessage }>((resolve) => {
      request.once("upgrade", (upgrade, _connection, head: Buffer) => {
        if (head.length > 0) stream.unshift(head);
        resolve({ upgrade });
      });
    });
    const refused = responseTo(request);
    request.end();
    const outcome = await Promise.race([upgraded, refused]);
    if ("upgrade" in outcome) {
      checkVersion(outcome.upgrade);
      return stream;
    }
    throw errorOf(decode(problemSchema, parseJson(await text(outcome), exchange.path), exchange.path));
  } catch (error) {
    stream.destroy();
    throw explain(error);
  }
}

/** A way to the agent, which an abort breaks. */
export async function openStream(open: OpenStream, signal: AbortSignal): Promise<Duplex> {
  signal.throwIfAborted();
  try {
    const stream = await unlessAborted(signal, open(signal));
    const onAbort = (): void => void stream.destroy(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    stream.once("close", () => signal.removeEventListener("abort", onAbort));
    return stream;
  } catch (error) {
    throw signal.aborted ? (signal.reason as Error) : streamError(error);
  }
}

/** Turns what HTTP says of a broken stream (`aborted`, `socket hang up`) back into what broke it. */
function explainer(stream: Duplex, signal: AbortSignal): (error: unknown) => Error {
  let broken: unknown;
  stream.once("error", (error) => (broken = error));
  return (error) => {
    if (signal.aborted) return signal.reason as Error;
    return streamError(isStackhouseError(error) ? error : (broken ?? error));
  };
}

function start(stream: Duplex, exchange: Exchange, headers: Readonly<Record<string, string>>): ClientRequest {
  const { major, minor } = protocolVersion;
  return httpRequest({
    createConnection: () => stream,
    method: exchange.route.method,
    path: exchange.path,
    headers: { host: "agent", [protocolHeader]: `${major}.${minor}`, ...exchange.headers, ...headers },
  });
}

async function send(stream: Duplex, exchange: Exchange): Promise<IncomingMessage> {
  const { body } = exchange;
  if (body === undefined) {
    const request = start(stream, exchange, {});
    request.end();
    return responseTo(request);
  }
  if ("json" in body) {
    const content = Buffer.from(JSON.stringify(body.json));
    const request = start(stream, exchange, {
      "content-type": "application/json",
      "content-length": String(content.length),
    });
    request.end(content);
    return responseTo(request);
  }
  const request = start(stream, exchange, { "content-type": "application/x-tar" });
  const response = responseTo(request);
  let unreadable: Error | undefined;
  const tar = body.tar();
  tar.once("error", (error) => {
    if (!request.destroyed) unreadable = error;
  });
  const explain = (error: unknown): never => {
    if (unreadable === undefined) throw error;
    throw new StackhouseError("input.invalid", `the archive cannot be read: ${unreadable.message}`, { cause: error });
  };
  const sent = pipeline(tar, request).catch(explain);
  sent.catch(() => undefined); // The agent may answer a problem before it has read everything: then that counts.
  return Promise.race([response.catch(explain), sent.then(() => response)]);
}

function responseTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once("response", resolve);
    request.on("error", reject);
  });
}

function checkVersion(response: IncomingMessage): void {
  const theirs = response.headers[protocolHeader];
  const major = typeof theirs === "string" ? Number.parseInt(theirs, 10) : Number.NaN;
  if (major === protocolVersion.major) return;
  throw notUnderstood(
    `it speaks protocol ${String(theirs ?? "unknown")}, this client ${protocolVersion.major}.${protocolVersion.minor}`,
  );
}

export function parseJson(content: string, path: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    throw notUnderstood(`no JSON from ${path}`);
  }
}

export function decode<T>(schema: z.ZodType<T>, value: unknown, path: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw notUnderstood(path, z.prettifyError(result.error).split("\n").slice(0, 10));
}
