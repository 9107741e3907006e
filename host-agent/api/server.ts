import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { createServer } from "../node-http.ts";
import { StackhouseError } from "../../modules/base/errors.ts";
import { protocolHeader } from "../../modules/protocol/api.ts";
import { execUpgrade } from "../../modules/protocol/exec-frames.ts";
import { routes, type Route, type RouteName } from "../../modules/protocol/routes.ts";
import { explain, problemOf } from "../execute/problems.ts";
import type { Logger } from "../logging/logger.ts";
import { answerEvents, answerJson, answerProblem, protocolText, statusOf, type SentEvent } from "./answer.ts";
import { decodeRequest, matchRoute, type Input } from "./border.ts";
import { serveExec } from "./exec.ts";
import { createHandlers, type HttpRoute, type Services } from "./handlers.ts";

/** Comments on idle event streams, so often that no connection between looks dead. */
const defaultHeartbeatMs = 15_000;
const keepAliveMs = 120_000;

/**
 * The agent's API on Node's own HTTP server. Not fastify: streams, upgrades and the schemas are ours in any case, and the rest
 * of it costs 17 MB of memory on every host.
 */
export function createApiServer(
  services: Services,
  options: { readonly logger: Logger; readonly heartbeatMs?: number },
): Server {
  const handlers = createHandlers(services);
  const { logger, heartbeatMs = defaultHeartbeatMs } = options;

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const gone = new AbortController();
    response.once("close", () => gone.abort(new StackhouseError("cancelled", "the client is gone")));
    try {
      const matched = matchRoute(request);
      if (!isHttpRoute(matched.name))
        throw new StackhouseError("agent.protocol", `upgrade to ${execUpgrade} is needed`);
      const input = { ...(await decodeRequest(matched.name, { ...matched, request })), request, signal: gone.signal };
      const answer = await handle(matched.name, input);
      const route: Route = routes[matched.name];
      if (route.answer.kind === "json") answerJson(response, route.answer.status, answer);
      else await answerEvents(response, answer as AsyncIterable<SentEvent>, heartbeatMs);
    } catch (error) {
      if (gone.signal.aborted) return;
      if (statusOf(error) >= 500) logError(logger, request, error);
      answerProblem(response, error);
    }
  };
  const handle = <N extends HttpRoute>(name: N, input: Input<N>): Promise<unknown> => {
    const handler: (input: Input<N>) => Promise<unknown> = handlers[name];
    return handler(input);
  };

  const upgrade = async (request: IncomingMessage, connection: Duplex, head: Buffer): Promise<void> => {
    connection.on("error", () => undefined); // `close` follows.
    try {
      const matched = matchRoute(request);
      const { params } = await decodeRequest("exec", { ...matched, request });
      if (matched.name !== "exec" || request.headers.upgrade !== execUpgrade) {
        throw new StackhouseError("agent.protocol", `only exec is upgraded, and only to ${execUpgrade}`);
      }
      const lines = [
        "HTTP/1.1 101 Switching Protocols",
        "connection: upgrade",
        `upgrade: ${execUpgrade}`,
        `${protocolHeader}: ${protocolText}`,
      ];
      connection.write(`${lines.join("\r\n")}\r\n\r\n`);
      if (head.length > 0) connection.unshift(head);
      await serveExec(params.app, connection, services);
    } catch (error) {
      refuse(connection, error);
    }
  };

  const server = createServer({ keepAliveTimeout: keepAliveMs, requestTimeout: 0 }, (request, response) => {
    void serve(request, response);
  });
  server.on("upgrade", (request: IncomingMessage, connection: Duplex, head: Buffer) => {
    void upgrade(request, connection, head);
  });
  server.on("clientError", (cause: Error, connection: Duplex) => {
    refuse(connection, new StackhouseError("agent.protocol", `not an HTTP request: ${cause.message}`, { cause }));
  });
  return server;
}

function isHttpRoute(name: RouteName): name is HttpRoute {
  return routes[name].answer.kind !== "upgrade";
}

/** Answers a problem where there is no response to answer it with, and ends the connection. */
function refuse(connection: Duplex, error: unknown): void {
  if (!connection.writable) {
    connection.destroy();
    return;
  }
  const body = JSON.stringify(problemOf(error));
  const lines = [
    `HTTP/1.1 ${statusOf(error)} Refused`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
    `${protocolHeader}: ${protocolText}`,
  ];
  connection.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

/** Never the body: it holds secrets. */
function logError(logger: Logger, request: IncomingMessage, error: unknown): void {
  const { code, message } = explain(error);
  logger.error({ method: request.method, path: request.url?.split("?")[0], code }, message);
}
