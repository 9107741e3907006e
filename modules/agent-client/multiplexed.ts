import { randomBytes } from "node:crypto";
import { connect, constants, type ClientHttp2Session } from "node:http2";
import { Duplex } from "node:stream";
import type { Clock } from "../base/clock.ts";
import { withDeadline } from "../base/deadline.ts";
import { StackhouseError } from "../base/errors.ts";
import { seconds } from "../base/wait.ts";
import type { OpenStream } from "./types.ts";

/** Streams to an agent that share one connection to its socket for streams. */
export interface Multiplexed extends Disposable {
  readonly open: OpenStream;
  /** True when no stream can be opened any more. */
  readonly lost: boolean;
}

/** An agent that is silent for two of these is lost, milliseconds. */
const pingMs = 15_000;
/** Longest wait for one stream of a connection that is there, milliseconds. */
const openMs = 20_000;

/**
 * How many bytes an agent may send ahead of us, on one stream and on all of them. By default it would wait for us after each 64 KiB, which made the
 * output of a command five times slower on a host 50 ms away.
 */
const streamWindow = 1 << 22;
const sessionWindow = 1 << 24;

/** HTTP/2, each stream a CONNECT. The connection ends with it. */
export function multiplex(connection: Duplex, clock: Clock): Multiplexed {
  const settings = { initialWindowSize: streamWindow };
  const session = connect("http://agent", { createConnection: () => connection, settings });
  session.once("connect", () => session.setLocalWindowSize(sessionWindow));
  session.on("error", () => undefined); // Every stream is told.
  const over = new AbortController();
  session.once("close", () => over.abort());
  void watch(session, clock, over.signal);
  return {
    open: (signal) => withDeadline({ clock, signal, deadlineMs: openMs }, late, (bound) => openStream(session, bound)),
    get lost() {
      return session.closed || session.destroyed || connection.destroyed;
    },
    [Symbol.dispose]() {
      session.destroy();
      connection.destroy();
    },
  };
}

function openStream(session: ClientHttp2Session, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    if (session.closed || session.destroyed) throw lost();
    const stream = session.request({ ":method": "CONNECT", ":authority": "agent" }, { endStream: false });
    const giveUp = (): void => stream.close(constants.NGHTTP2_CANCEL);
    signal.addEventListener("abort", giveUp, { once: true });
    stream.once("error", reject);
    stream.once("close", () => {
      signal.removeEventListener("abort", giveUp);
      reject(signal.aborted ? (signal.reason as Error) : lost());
    });
    stream.once("response", ({ ":status": status }) => {
      signal.removeEventListener("abort", giveUp);
      if (status === 200) {
        stream.off("error", reject);
        resolve(bytesOf(stream));
        return;
      }
      stream.close(constants.NGHTTP2_CANCEL);
      reject(new StackhouseError("agent.protocol", `the host agent opens no stream: status ${String(status)}`));
    });
  });
}

/**
 * A stream that is given bytes only. Of a header and a body that were written together as a string and bytes, Node 20.20 sends the
 * string from memory that it has freed.
 */
function bytesOf(stream: Duplex): Duplex {
  return Duplex.from({ readable: stream, writable: stream });
}

/** A peer that vanished without a word is found out by its silence. */
async function watch(session: ClientHttp2Session, clock: Clock, signal: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await clock.sleep(pingMs, signal);
      const answered = new AbortController();
      session.ping(randomBytes(8), () => answered.abort());
      const silent = clock.sleep(pingMs, AbortSignal.any([answered.signal, signal])).then(
        () => true,
        () => false,
      );
      if (await silent) session.destroy(lost());
    }
  } catch {
    // The session is over.
  }
}

function late(): StackhouseError {
  return new StackhouseError("agent.silent", `the host agent opened no stream within ${seconds(openMs)}`);
}

function lost(): StackhouseError {
  return new StackhouseError("agent.unreachable", "the connection to the host agent was lost");
}
