import { createServer, type ServerResponse } from "node:http";
import { join } from "node:path";
import { listening } from "./listening.ts";
import { testFolder } from "./folder.ts";

/** What a Docker Engine that is none answers: JSON with a status, or whatever a function does with the connection. */
export type Scripted = readonly [number, unknown] | ((response: ServerResponse) => void);

/** An engine that answers as a test says, where a real one would not do so at will. What is not in the script is not found. */
export interface ScriptedEngine extends AsyncDisposable {
  readonly socketPath: string;
  readonly directory: string;
  /** By method and path, without version and query: `POST /containers/create`. May be changed at any time. */
  readonly script: Map<string, Scripted>;
}

export async function scriptedEngine(script: Readonly<Record<string, Scripted>> = {}): Promise<ScriptedEngine> {
  const folder = await testFolder();
  const answers = new Map<string, Scripted>([
    ["GET /version", [200, { Version: "28.3.0", ApiVersion: "1.51" }]],
    ...Object.entries(script),
  ]);
  const server = createServer((request, response) => {
    request.resume();
    const path = (request.url ?? "").split("?")[0]?.replace(/^\/v1\.\d+/, "") ?? "";
    const answer = answers.get(`${request.method} ${path}`) ?? [404, { message: `there is no ${path}` }];
    if (typeof answer === "function") answer(response);
    else response.writeHead(answer[0], { "content-type": "application/json" }).end(JSON.stringify(answer[1]));
  });
  const socketPath = join(folder.path, "docker.sock");
  const listener = await listening(server, socketPath);
  return {
    socketPath,
    directory: folder.path,
    script: answers,
    async [Symbol.asyncDispose]() {
      await listener[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
