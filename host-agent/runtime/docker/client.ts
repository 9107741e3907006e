import type { ClientRequest, IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { Duplex } from "node:stream";
import { json, text } from "node:stream/consumers";
import type { z } from "zod";
import { Agent, request as httpRequest } from "../../node-http.ts";
import { RuntimeError } from "../errors.ts";
import { versionSchema } from "./answers.ts";
import { EngineError } from "./errors.ts";

export interface EngineRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Path without the version, as in `/containers/json`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** JSON by default; bytes are streamed as a tar archive. */
  readonly body?: object | undefined;
  readonly archive?: AsyncIterable<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * Docker Engine's HTTP API on a unix socket. A status that is no answer is an `EngineError`; an engine that cannot be reached
 * or that hangs up is a `RuntimeError` of kind `unavailable`.
 *
 * Not dockerode: version 5 brings gRPC and ssh2 with native addons into the agent's one file (914 KB and two packages that
 * do not run inside an ES module bundle), and gives a program neither typed answers nor errors to rely on. What the runtime
 * needs of HTTP is below.
 */
export interface EngineClient {
  /** The API version in use, as its minor number: 41 is 1.41. */
  api(signal: AbortSignal): Promise<number>;
  /** The engine's own version: `26.1.5`. */
  version(signal: AbortSignal): Promise<string>;
  json<T>(schema: z.ZodType<T>, request: EngineRequest): Promise<T>;
  /** For answers without content. Gives the status. */
  send(request: EngineRequest): Promise<number>;
  /** The answer's bytes as they come. */
  stream(request: EngineRequest): Promise<Readable>;
  /** Turns the connection into a two-way stream of bytes. */
  upgrade(request: EngineRequest): Promise<Duplex>;
}

/** Newest API version that this client was written for: Docker Engine 28.3. An older engine gets its own newest. */
const newestApi = 51;
/** Docker Engine 20.10. */
const oldestApi = 41;

export function createEngineClient(socketPath: string): EngineClient {
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  let negotiated: number | undefined;

  async function api(signal: AbortSignal): Promise<number> {
    if (negotiated !== undefined) return negotiated;
    const response = await open("/version", { method: "GET", path: "/version", signal });
    const { ApiVersion: version } = versionSchema.parse(await json(response));
    const minor = Number(version.split(".")[1]);
    if (!(minor >= oldestApi)) {
      throw new RuntimeError("unsupported", `Docker Engine 20.10 or newer is needed; this one speaks API ${version}`);
    }
    negotiated = Math.min(minor, newestApi);
    return negotiated;
  }

  const versioned = async (request: EngineRequest): Promise<string> =>
    `/v1.${await api(request.signal)}${request.path}`;

  /** Sends a request and waits for the head of the answer. */
  async function open(path: string, request: EngineRequest): Promise<IncomingMessage> {
    try {
      return await exchange(path, request);
    } catch (error) {
      request.signal.throwIfAborted();
      if (!(error instanceof LostConnection)) throw error;
      // The engine closed an idle connection just as it was reused: nothing was sent, so it is asked again.
      if (error.reused && request.archive === undefined) return await exchange(path, request).catch(fail);
      return fail(error);
    }
  }

  function fail(error: unknown): never {
    if (!(error instanceof LostConnection)) throw error;
    negotiated = undefined; // Another version of the engine may come back.
    throw new RuntimeError("unavailable", `Docker Engine does not answer on ${socketPath}`, { cause: error.cause });
  }

  function exchange(path: string, request: EngineRequest): Promise<IncomingMessage> {
    return new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = begin(path, request, {});
      outgoing.once("response", (response) => {
        if (isAnswer(response.statusCode ?? 0)) resolve(response);
        else void engineError(response).then(reject, reject);
      });
      outgoing.once("error", (cause) =>
        reject(cause instanceof RuntimeError ? cause : new LostConnection(outgoing.reusedSocket, { cause })),
      );
    });
  }

  function begin(path: string, request: EngineRequest, extra: Extra): ClientRequest {
    const content = request.body === undefined ? undefined : JSON.stringify(request.body);
    const outgoing = httpRequest({
      agent,
      socketPath,
      method: request.method,
      path: path + queryString(request.query ?? {}),
      signal: request.signal,
      ...extra,
      headers: {
        host: "docker",
        ...(content === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(content) }),
        ...(request.archive === undefined ? {} : { "content-type": "application/x-tar" }),
        ...request.headers,
        ...extra.headers,
      },
    });
    if (request.archive === undefined) outgoing.end(content);
    else {
      const archive = Readable.from(request.archive);
      archive.once("error", (cause) => outgoing.destroy(unreadable(cause)));
      outgoing.once("close", () => archive.destroy());
      archive.pipe(outgoing);
    }
    return outgoing;
  }

  const askFor = async <T>(schema: z.ZodType<T>, request: EngineRequest): Promise<T> => {
    const response = await open(await versioned(request), request);
    return schema.parse(await json(response));
  };

  return {
    api,
    /** It stands at the head of every answer: to `/version`, the engine first runs two programs for theirs. */
    async version(signal) {
      const ping = { method: "GET", path: "/_ping", signal } as const;
      const answer = await open(await versioned(ping), ping);
      answer.resume();
      const found = /^Docker\/(\S+)/u.exec(String(answer.headers.server))?.[1];
      return found ?? (await askFor(versionSchema, { ...ping, path: "/version" })).Version;
    },
    json: askFor,
    async send(request) {
      const response = await open(await versioned(request), request);
      response.resume();
      return response.statusCode ?? 0;
    },
    async stream(request) {
      return await open(await versioned(request), request);
    },
    async upgrade(request) {
      const path = await versioned(request);
      return await new Promise<Duplex>((resolve, reject) => {
        const outgoing = begin(path, request, { agent: false, headers: { connection: "Upgrade", upgrade: "tcp" } });
        outgoing.once("upgrade", (_response, socket, head) => {
          if (head.length > 0) socket.unshift(head);
          resolve(socket);
        });
        outgoing.once("response", (response) => void engineError(response).then(reject, reject));
        outgoing.once("error", (cause) =>
          reject(new RuntimeError("unavailable", `Docker Engine does not answer on ${socketPath}`, { cause })),
        );
      });
    },
  };
}

/** 304 is one: there was nothing to do. A redirect is the engine's way to say that a path is none of its own. */
function isAnswer(status: number): boolean {
  return status < 300 || status === 304;
}

/** What an upgrade asks for beside the request. */
interface Extra {
  readonly agent?: false;
  readonly headers?: Readonly<Record<string, string>>;
}

function unreadable(cause: Error): RuntimeError {
  return new RuntimeError("image-pull-failed", `the image archive could not be read: ${cause.message}`, { cause });
}

class LostConnection extends Error {
  readonly reused: boolean;
  constructor(reused: boolean, options: ErrorOptions) {
    super("the connection was lost", options);
    this.reused = reused;
  }
}

async function engineError(response: IncomingMessage): Promise<EngineError> {
  const body = await text(response);
  let message = body.trim();
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === "object" && parsed !== null && "message" in parsed) message = String(parsed.message);
  } catch {
    // Not JSON: the text is the message.
  }
  return new EngineError(response.statusCode ?? 0, message);
}

function queryString(query: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) parameters.set(key, String(value));
  return parameters.size === 0 ? "" : `?${parameters.toString()}`;
}
