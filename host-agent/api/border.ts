import type { IncomingMessage } from "node:http";
import * as z from "zod";
import { StackhouseError } from "../../modules/base/errors.ts";
import { protocolHeader, protocolVersion } from "../../modules/protocol/api.ts";
import { routes, type Route, type RouteName } from "../../modules/protocol/routes.ts";

/** A request after the border: decoded by the schemas of its route. */
export interface Input<N extends RouteName> {
  readonly params: z.output<(typeof routes)[N]["params"]>;
  readonly query: z.output<(typeof routes)[N]["query"]>;
  readonly body: (typeof routes)[N]["body"] extends z.ZodType ? z.output<(typeof routes)[N]["body"]> : undefined;
  readonly request: IncomingMessage;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
}

const maxBodyBytes = 16 * 1024 * 1024;

const compiled = (Object.entries(routes) as [RouteName, Route][]).map(([name, route]) => ({
  name,
  route,
  pattern: new RegExp(`^${route.path.replaceAll(".", "\\.").replaceAll(/:(\w+)/g, "(?<$1>[^/]+)")}$`),
}));

/** The route of a request. Throws `agent.protocol` where there is none, or where the client speaks another major version. */
export function matchRoute(request: IncomingMessage): { name: RouteName; params: Record<string, string>; url: URL } {
  checkVersion(request);
  const url = URL.parse(request.url ?? "/", "http://agent");
  if (url === null) throw badInput("the address is not valid");
  for (const { name, route, pattern } of compiled) {
    const match = pattern.exec(url.pathname);
    if (match !== null && route.method === request.method) return { name, params: { ...match.groups }, url };
  }
  throw new StackhouseError(
    "agent.protocol",
    `there is no ${request.method ?? ""} ${url.pathname} in this agent's API`,
  );
}

/** Decodes a request by its route's schemas. Throws `input.invalid` with the place of each fault, never with its value. */
export async function decodeRequest<N extends RouteName>(
  name: N,
  raw: { readonly params: Record<string, string>; readonly url: URL; readonly request: IncomingMessage },
): Promise<Omit<Input<N>, "request" | "signal">> {
  const route: Route = routes[name];
  const body = route.body === undefined ? undefined : decode(route.body, await readJson(raw.request), "body");
  return {
    params: decode(route.params, raw.params, "address"),
    query: decode(route.query, searchObject(raw.url.searchParams), "query"),
    body,
  } as Omit<Input<N>, "request" | "signal">;
}

function checkVersion(request: IncomingMessage): void {
  const theirs = request.headers[protocolHeader];
  if (theirs === undefined) return;
  const { major, minor } = protocolVersion;
  if (typeof theirs === "string" && /^\d+\.\d+$/.test(theirs) && Number.parseInt(theirs, 10) === major) return;
  throw new StackhouseError(
    "agent.protocol",
    `this agent speaks protocol ${major}.${minor}, the client asked for ${String(theirs).slice(0, 20)}`,
    { hint: "bring the host's agent to the client's version: stackhouse up" },
  );
}

/** A name that comes once is a string, one that comes more often is a list. */
function searchObject(search: URLSearchParams): Record<string, string | string[]> {
  const entries = [...new Set(search.keys())].map((key): [string, string | string[]] => {
    const [first = "", ...more] = search.getAll(key);
    return [key, more.length === 0 ? first : [first, ...more]];
  });
  return Object.fromEntries(entries);
}

function decode(schema: z.ZodType, value: unknown, where: string): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw badInput(`the request's ${where} is not valid`, z.prettifyError(result.error).split("\n").slice(0, 40));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBodyBytes) throw badInput(`the request's body is longer than ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (cause) {
    throw new StackhouseError("input.invalid", "the request's body is not JSON", { cause });
  }
}

function badInput(message: string, details: readonly string[] = []): StackhouseError {
  return new StackhouseError("input.invalid", message, { details });
}
