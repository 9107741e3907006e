import http, { type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import * as z from "zod";
import { jsonSchema, type JsonMap } from "./json.ts";

/** What somebody asked the engine to make, by its name: bodies of its create calls. */
export interface Asked {
  readonly containers: Record<string, JsonMap>;
  readonly networks: Record<string, JsonMap>;
  readonly volumes: Record<string, JsonMap>;
}

export interface Recorder extends AsyncDisposable {
  /** What was asked for since the last time; ids of the engine stand as the names of what has them. */
  take(): Asked;
}

const bodySchema = z.record(z.string(), jsonSchema);

/**
 * Stands before an engine and passes everything on, but says that it is one of a newer API, and notes what it is asked to make. A
 * container that the engine behind it cannot make as it is asked for it makes bare, so that who asks goes on.
 *
 * @param api minor numbers of the versions of the API
 */
export async function recordRequests(
  engineSocket: string,
  socketPath: string,
  api: { readonly shown: number; readonly real: number },
): Promise<Recorder> {
  let asked = nothingAsked();
  const names = new Map<string, string>();

  /** Sends a request on with another body. */
  async function pass(
    request: IncomingMessage,
    path: string,
    body: Buffer,
  ): Promise<{ head: IncomingMessage; body: Buffer }> {
    const headers = { ...request.headers, "content-length": String(body.length) };
    delete headers["transfer-encoding"];
    const onward = http.request({ socketPath: engineSocket, method: request.method ?? "GET", path, headers });
    onward.end(body);
    const [head] = (await once(onward, "response")) as [IncomingMessage];
    return { head, body: await buffer(head) };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://engine");
    const [, kind = ""] = /^(?:\/v1\.\d+)?\/(containers|networks|volumes)\/create$/.exec(url.pathname) ?? [];
    const path = `${url.pathname.replace(/^\/v1\.\d+/, `/v1.${api.real}`)}${url.search}`;
    const body = await buffer(request);
    let given = await pass(request, path, body);
    if (kind !== "") {
      const wanted = bodySchema.parse(JSON.parse(body.toString()));
      const name = url.searchParams.get("name") ?? z.string().parse(wanted["Name"]);
      asked[kind as keyof Asked][name] = { ...wanted, Platform: url.searchParams.get("platform") };
      const status = given.head.statusCode ?? 0;
      if (status >= 400 && status !== 409) given = await pass(request, path, bare(kind as keyof Asked, wanted));
      const answer = bodySchema.parse(JSON.parse(given.body.toString()));
      if (typeof answer["Id"] === "string") names.set(answer["Id"], `<${name}>`);
      given = {
        ...given,
        body: Buffer.from(JSON.stringify("Warnings" in answer ? { ...answer, Warnings: [] } : answer)),
      };
    }
    const isVersion = /^(?:\/v1\.\d+)?\/version$/.test(url.pathname);
    const shown = `1.${api.shown}`;
    const text = isVersion
      ? JSON.stringify({ ...bodySchema.parse(JSON.parse(given.body.toString())), ApiVersion: shown })
      : given.body;
    const headers = { ...given.head.headers, "api-version": shown, "content-length": String(Buffer.byteLength(text)) };
    delete headers["transfer-encoding"];
    response.writeHead(given.head.statusCode ?? 500, headers);
    response.end(text);
  }

  const server = http.createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(socketPath);
  await once(server, "listening");
  return {
    take() {
      const text = [...names].reduce((found, [id, name]) => found.replaceAll(id, name), JSON.stringify(asked));
      asked = nothingAsked();
      return JSON.parse(text) as Asked;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function nothingAsked(): Asked {
  return { containers: {}, networks: {}, volumes: {} };
}

function bare(kind: keyof Asked, wanted: JsonMap): Buffer {
  const kept = { containers: ["Image", "Labels"], networks: ["Name", "Labels"], volumes: ["Name", "Labels"] }[kind];
  return Buffer.from(JSON.stringify(Object.fromEntries(kept.map((key) => [key, wanted[key] ?? null]))));
}
