import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Clock } from "../modules/base/clock.ts";
import { messageOf } from "../modules/base/errors.ts";
import { silentProgress } from "../modules/base/progress.ts";
import { waitUntil } from "../modules/base/wait.ts";
import { protocolHeader, protocolVersion } from "../modules/protocol/api.ts";
import { request } from "./node-http.ts";

const deadlineMs = 60_000;
/** Of one answer: an engine that is starting lets it wait. */
const answerMs = 15_000;

/**
 * Asks the agent, on the way that is taken in a VM, what it is asked there first, until it answers. What that has loaded and compiled
 * is in the memory of the template, and so in that of its clones.
 *
 * @throws `deadline` where it does not answer in time
 */
export async function rehearse(streamsSocket: string, clock: Clock, signal: AbortSignal): Promise<void> {
  await waitUntil(
    async () => {
      try {
        const status = await ask(streamsSocket, AbortSignal.any([signal, AbortSignal.timeout(answerMs)]));
        return status === 200 ? { done: true, value: undefined } : { done: false, reason: `it answers ${status}` };
      } catch (error) {
        return { done: false, reason: messageOf(error) };
      }
    },
    { clock, signal, deadlineMs, progress: silentProgress, what: "the agent's first answer", intervalMs: 500 },
  );
}

/** The status of one answer, on a connection of its own. */
async function ask(streamsSocket: string, signal: AbortSignal): Promise<number> {
  const { connect } = process.getBuiltinModule("node:http2");
  const session = connect("http://agent", {
    createConnection: () => process.getBuiltinModule("node:net").connect(streamsSocket),
  });
  session.on("error", () => undefined); // The stream on it fails, too.
  try {
    const stream = session.request({ ":method": "CONNECT", ":authority": "agent" }, { endStream: false });
    const headers = { [protocolHeader]: `${protocolVersion.major}.${protocolVersion.minor}` };
    const asking = request({ path: "/v1/info", headers, createConnection: () => stream, signal });
    asking.end();
    const [answer] = (await once(asking, "response", { signal })) as [IncomingMessage];
    answer.resume();
    await once(answer, "end", { signal });
    return answer.statusCode ?? 0;
  } finally {
    session.destroy();
  }
}
