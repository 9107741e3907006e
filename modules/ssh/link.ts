import type { Duplex } from "node:stream";
import PQueue from "p-queue";
import type ssh2 from "ssh2";
import type { Clock } from "../base/clock.ts";
import { unlessAborted, withDeadline } from "../base/deadline.ts";
import { StackhouseError, messageOf } from "../base/errors.ts";
import type { HostConnection } from "../protocol/host.ts";
import { ChannelStream } from "./channel-stream.ts";
import { unreachable, type Dialled } from "./dial.ts";
import { nameOf } from "./names.ts";
import type { SshCall } from "./types.ts";

/**
 * sshd allows 10 sessions a connection where its settings do not say fewer (sshd_config, MaxSessions); forwarded sockets do not count. The rest wait
 * here.
 */
const maxSessions = 8;

/** sshd counts a session that has ended for a moment longer: it is asked again soon for so long, and now and then after that. */
const noRoomMs = 3_000;
const soonMs = 50;
const nowAndThenMs = 500;

/** Sets a limit to opening a channel. */
type Bound = <T>(opening: (signal: AbortSignal) => Promise<T>) => Promise<T>;

type OpenSession = (client: ssh2.Client, done: ssh2.ClientCallback) => void;

/** An authenticated connection, and what its sessions need of it. */
export class Link {
  readonly client: ssh2.Client;
  readonly connection: HostConnection;
  readonly clock: Clock;
  /** Settles when the connection is gone, for whatever reason. */
  readonly closed: Promise<void>;
  readonly #sessions = new PQueue({ concurrency: maxSessions });
  #openSessions = 0;
  #lastClosedAt = -Infinity;
  /** Whether one asks the host again for a session that it has refused: the others wait in the queue meanwhile. */
  #isAsking = false;
  /** The signals of those that wait for a session. */
  readonly #waiting = new Set<AbortSignal>();
  #proof: Promise<StackhouseError | undefined> | undefined;
  readonly #socket: Duplex;
  #reason = "the connection was closed";
  #lost: StackhouseError | undefined;

  constructor({ client, socket }: Dialled, connection: HostConnection, clock: Clock) {
    this.client = client;
    this.#socket = socket;
    this.connection = connection;
    this.clock = clock;
    client.on("error", (error) => (this.#reason = `the connection was lost: ${messageOf(error)}`));
    // `end` comes before ssh2 closes its channels, so that they can tell why.
    client.once("end", () => this.#lose());
    this.closed = new Promise((resolve) => {
      client.once("close", () => {
        this.#lose();
        resolve();
      });
    });
  }

  /** Why the connection is gone; undefined while it stands. */
  readonly lost = (): StackhouseError | undefined => this.#lost;

  #lose(): StackhouseError {
    return (this.#lost ??= unreachable(this.connection, this.#reason));
  }

  /** Runs work under the caller's signal and deadline; `what` completes the error: `ls on root@host:22`. */
  within<T>(call: SshCall, what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    let own: AbortSignal | undefined;
    const late = (): StackhouseError =>
      this.#isAsking && own !== undefined && this.#waiting.has(own)
        ? new StackhouseError(
            "deadline",
            `${what} on ${nameOf(this.connection)} found no session within ${call.deadlineMs / 1000} s: the host opens none beside the ${this.#openSessions} that we have there`,
            { hint: allowSessions },
          )
        : new StackhouseError(
            "deadline",
            `${what} on ${nameOf(this.connection)} did not finish within ${call.deadlineMs / 1000} s`,
          );
    return withDeadline({ ...call, clock: this.clock }, late, (signal) => work((own = signal)));
  }

  /**
   * Whether the host gives its rights to this connection's user: the refusal, where it does not. Whoever comes later is told the same, but a proof
   * that ended without an answer is none.
   */
  proof(prove: () => Promise<StackhouseError | undefined>): Promise<StackhouseError | undefined> {
    if (this.#proof === undefined) {
      const proof = (this.#proof = prove());
      proof.catch(() => {
        if (this.#proof === proof) this.#proof = undefined;
      });
    }
    return this.#proof;
  }

  /**
   * Opens a session channel when one is free, and keeps its place until the channel has closed, whatever becomes of the signal after that.
   * `bound` does not see the wait.
   */
  openSession(
    signal: AbortSignal,
    open: OpenSession,
    bound: Bound = (opening) => opening(signal),
  ): Promise<ssh2.ClientChannel> {
    const tryOnce = (): Promise<ssh2.ClientChannel> => bound((bounded) => this.openChannel(bounded, open));
    const opened = new Promise<ssh2.ClientChannel>((resolve, reject) => {
      const wait = (priority: number): void => {
        this.#sessions.add(place, { priority }).catch((error: unknown) => reject(this.#explain(error, signal)));
      };
      const place = async (): Promise<void> => {
        signal.throwIfAborted();
        const channel = await this.#openWhereRoom(signal, tryOnce);
        if (channel === undefined) {
          wait(1);
          return;
        }
        this.#openSessions += 1;
        // One more than there are: only so does it show that the host has room again.
        this.#sessions.concurrency = Math.min(
          maxSessions,
          Math.max(this.#sessions.concurrency, this.#openSessions + 1),
        );
        const closed = new Promise<void>((free) => channel.once("close", () => free()));
        if (signal.aborted) channel.close();
        resolve(channel);
        await closed;
        this.#openSessions -= 1;
        this.#lastClosedAt = this.clock.now();
      };
      wait(0);
    });
    this.#waiting.add(signal);
    return unlessAborted(signal, opened).finally(() => this.#waiting.delete(signal));
  }

  /**
   * Opens a session channel, once the host has room for it: those that are open may be without an end, so it is asked again. Undefined where another
   * one does so already.
   */
  async #openWhereRoom(
    signal: AbortSignal,
    tryOnce: () => Promise<ssh2.ClientChannel>,
  ): Promise<ssh2.ClientChannel | undefined> {
    const first = await this.#unlessRefused(tryOnce);
    if (first.channel !== undefined) return first.channel;
    this.#sessions.concurrency = Math.min(maxSessions, this.#openSessions + 1);
    if (this.#isAsking) return undefined;
    this.#isAsking = true;
    const started = this.clock.now();
    try {
      for (;;) {
        const passed = this.clock.now() - Math.max(started, this.#lastClosedAt);
        const isRecent = passed < noRoomMs;
        await this.clock.sleep(isRecent ? soonMs : nowAndThenMs, signal);
        const again = await this.#unlessRefused(tryOnce);
        if (again.channel !== undefined) return again.channel;
        if (this.#openSessions === 0 && !isRecent) throw noSession(this.connection, again.refusal);
      }
    } finally {
      this.#isAsking = false;
    }
  }

  async #unlessRefused(tryOnce: () => Promise<ssh2.ClientChannel>): Promise<Tried> {
    try {
      return { channel: await tryOnce() };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return { channel: undefined, refusal: error };
    }
  }

  /** Opens a channel; one that opens after the caller gave up is closed at once. */
  async openChannel<C extends ssh2.Channel>(
    signal: AbortSignal,
    open: (client: ssh2.Client, done: (error: Error | undefined, channel: C) => void) => void,
  ): Promise<C> {
    signal.throwIfAborted();
    if (this.#lost !== undefined) throw this.#lost;
    const opening = new Promise<C>((resolve, reject) => {
      open(this.client, (error, channel) => {
        if (error !== undefined) reject(error);
        else if (signal.aborted) channel.close();
        else resolve(channel);
      });
    });
    try {
      return await unlessAborted(signal, opening);
    } catch (error) {
      throw this.#explain(error, signal);
    }
  }

  /** A channel as a stream that ends with the connection's own error when that is lost. */
  stream(channel: ssh2.Channel): ChannelStream {
    return new ChannelStream(channel, this.lost);
  }

  /** Takes leave of the host; one that does not answer is left after a second. */
  async close(): Promise<void> {
    this.client.end();
    const gone = new AbortController();
    void this.closed.then(() => gone.abort());
    await this.clock.sleep(1_000, gone.signal).catch(() => undefined);
    this.#socket.destroy();
    await this.closed;
  }

  #explain(error: unknown, signal: AbortSignal): Error {
    if (isNotConnected(error)) this.#lose();
    return (signal.aborted ? signal.reason : (this.#lost ?? error)) as Error;
  }
}

type Tried = { readonly channel: ssh2.ClientChannel } | { readonly channel: undefined; readonly refusal: unknown };

/** A socket may have ended a while before ssh2 says that the connection has. Source: exec and its like in lib/client.js of ssh2. */
function isNotConnected(error: unknown): boolean {
  return error instanceof Error && error.message === "Not connected";
}

/** RFC 4254, section 5.1: SSH_OPEN_CONNECT_FAILED, which OpenSSH says of a session beyond its MaxSessions. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && "reason" in error && error.reason === 2;
}

function noSession(connection: HostConnection, cause: unknown): StackhouseError {
  return new StackhouseError("ssh.command-failed", `${nameOf(connection)} opens no session`, {
    hint: allowSessions,
    cause,
  });
}

const allowSessions = "its sshd must allow two at least, better ten: MaxSessions in sshd_config";
