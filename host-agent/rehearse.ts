import { once } from "node:events";
import type { Duplex } from "node:stream";
import type { Clock } from "../modules/base/clock.ts";
import { silentProgress } from "../modules/base/progress.ts";
import { waitUntil } from "../modules/base/wait.ts";
import { protocolHeader, protocolVersion } from "../modules/protocol/api.ts";
import { request } from "./node-http.ts";

const deadlineMs = 60_000;

/**
 * Asks the agent, on the way that is taken in a VM, what it is asked there first, until it answers. What that has loaded and compiled
 * is in the memory of the template, and so in that of its clones.
 *
 * @throws `deadline` where it does not answer in time
 */
export async function rehearse(streamsSocket: string, clock: Clock, signal: AbortSignal): Promise<void> {
  const { connect } = process.getBuiltinModule("node:http2");
  const session = connect("http://agent", {
    createConnection: () => process.getBuiltinModule("node:net").connect(streamsSocket),
  });
  session.on("error", () => undefined); // The stream on it fails, too.
  try {
    await waitUntil(
      async () => {
        const status = await ask(
          session.request({ ":method": "CONNECT", ":authority": "agent" }, { endStream: false }),
        );
        return status === 200 ? { done: true, value: undefined } : { done: false, reason: `it answers ${status}` };
      },
      { clock, signal, deadlineMs, progress: silentProgress, what: "the agent's first answer", intervalMs: 500 },
    );
  } finally {
    session.destroy();
  }
}

async function ask(stream: Duplex): Promise<number> {
  const headers = { [protocolHeader]: `${protocolVersion.major}.${protocolVersion.minor}` };
  const asking = request({ path: "/v1/info", headers, createConnection: () => stream });
  asking.end();
  const [answer] = (await once(asking, "response")) as [NodeJS.ReadableStream & { readonly statusCode: number }];
  answer.resume();
  await once(answer, "end");
  stream.destroy();
  return answer.statusCode;
}
