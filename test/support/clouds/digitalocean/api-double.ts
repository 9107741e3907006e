import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { listening, portOf } from "../../listening.ts";
import { EmulatedCloud } from "./cloud.ts";
import type { Reply } from "./replies.ts";

/** DigitalOcean's API at an address of this machine. */
export interface ApiDouble extends AsyncDisposable {
  readonly url: string;
  readonly cloud: EmulatedCloud;
  /** How many requests were turned away: too many (429), or with an error of the server (503). */
  readonly turnedAway: { tooMany: number; unavailable: number };
}

/** Every so many requests one is turned away, before anything is done. */
const tooManyEvery = 7;
const unavailableEvery = 11;

/** @param token what requests must come with */
export async function startApiDouble(token: string): Promise<ApiDouble> {
  const cloud = new EmulatedCloud();
  const turnedAway = { tooMany: 0, unavailable: 0 };
  let requests = 0;

  const answer = async (request: IncomingMessage): Promise<Reply> => {
    if (request.headers.authorization !== `Bearer ${token}`) {
      return { status: 401, body: { id: "unauthorized", message: "Unable to authenticate you" } };
    }
    requests += 1;
    if (requests % tooManyEvery === 0) {
      turnedAway.tooMany += 1;
      return { status: 429, body: { id: "too_many_requests", message: "API Rate limit exceeded." } };
    }
    if (requests % unavailableEvery === 0) {
      turnedAway.unavailable += 1;
      return { status: 503, body: { id: "service_unavailable", message: "Server was unable to give you a response." } };
    }
    const { method = "GET", url = "" } = request;
    const [version, ...path] = url.split("/").filter(Boolean).map(decodeURIComponent);
    if (version !== "v2") return { status: 404 };
    // Tags are taken from things by a DELETE that names these.
    const hasBody = method === "POST" || method === "PUT" || Number(request.headers["content-length"] ?? 0) > 0;
    const body: unknown = hasBody ? await json(request) : undefined;
    return cloud.answer({ method, path, body });
  };

  const server = createServer((request, response) => {
    answer(request)
      .catch((error: unknown): Reply => ({ status: 400, body: { id: "bad_request", message: String(error) } }))
      .then((reply) => {
        write(response, reply);
      })
      .catch(() => undefined);
  });
  const listens = await listening(server);
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    cloud,
    turnedAway,
    [Symbol.asyncDispose]: () => listens[Symbol.asyncDispose](),
  };
}

function write(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { "content-type": "application/json", ...(status === 429 ? { "retry-after": "0" } : {}) });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
