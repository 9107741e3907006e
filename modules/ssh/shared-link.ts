import { unlessAborted, withDeadline } from "../base/deadline.ts";
import { StackhouseError } from "../base/errors.ts";
import { seconds } from "../base/wait.ts";
import type { HostConnection } from "../protocol/host.ts";
import { dial, firstPhaseOf, unreachable, type Way } from "./dial.ts";
import { nameOf } from "./names.ts";
import { Hops } from "./hops.ts";
import { Link } from "./link.ts";
import { strangerBehind } from "./machine.ts";
import { describePoint, type ConnectCall, type DialPoint, type SshPoolOptions } from "./types.ts";

type OnPoint = (point: DialPoint) => void;

/** Opens what a connection to a host goes through, and tells what it waits for on the way. */
export type OpenWay = (signal: AbortSignal, onPoint: OnPoint) => Promise<Way>;

/** One connection with its holders: dialled by the first, given up when nobody waits for it, closed when idle. */
export class SharedLink {
  readonly #connection: HostConnection;
  readonly #options: SshPoolOptions;
  readonly #link: Promise<Link>;
  readonly #giveUp = new AbortController();
  readonly #hops: Hops;
  readonly #listeners = new Set<OnPoint>();
  #point: DialPoint;
  #holders = 0;
  #idle: AbortController | undefined;
  #connected = false;
  /** True when it cannot be joined any more. */
  over = false;

  constructor(connection: HostConnection, options: SshPoolOptions, openWay: OpenWay, onOver: () => void) {
    const { jump } = connection;
    this.#connection = connection;
    this.#options = options;
    this.#hops = new Hops(jump === undefined ? "straight" : "through a jump host");
    this.#point = { phase: firstPhaseOf(jump ?? connection), jumpHost: jump && nameOf(jump) };
    this.#hops.note(this.#point);
    const end = (): void => {
      this.over = true;
      this.#idle?.abort();
      onOver();
    };
    const onPoint: OnPoint = (point) => {
      this.#point = point;
      this.#hops.note(point);
      for (const tell of this.#listeners) tell(point);
    };
    this.#link = this.#dial(openWay, onPoint);
    this.#link.then(({ closed }) => closed.then(end), end);
  }

  async #dial(openWay: OpenWay, onPoint: OnPoint): Promise<Link> {
    const { signal } = this.#giveUp;
    const { agentSocket, keepaliveMs = 15_000, clock } = this.#options;
    const connection = this.#connection;
    const open = (): Promise<Way> => openWay(signal, onPoint);
    const onPhase = (phase: DialPoint["phase"]): void => onPoint({ phase });
    const dialled = await dial({ connection, signal, agentSocket, keepaliveMs, open, onPhase });
    const link = new Link(dialled, connection, clock);
    try {
      const stranger = await strangerBehind(link, signal);
      if (stranger !== undefined) throw stranger;
    } catch (error) {
      await link.close();
      throw error;
    }
    this.#connected = true;
    return link;
  }

  /** The connection, within the caller's own deadlines: a joined dial may have been started by a more patient caller. */
  ready(call: ConnectCall): Promise<Link> {
    const { clock } = this.#options;
    const { answerMs, deadlineMs, onPoint } = call;
    const late = (): StackhouseError => this.#late(deadlineMs);
    return withDeadline({ ...call, clock }, late, (signal) =>
      this.#telling(onPoint, async () => {
        if (answerMs !== undefined && !this.#connected) await this.#everyoneAnswers(answerMs, signal);
        return unlessAborted(signal, this.#link);
      }),
    );
  }

  /** The connection, however long it takes. */
  join(signal: AbortSignal, onPoint: OnPoint): Promise<Link> {
    return this.#telling(onPoint, () => unlessAborted(signal, this.#link));
  }

  /** Tells what is waited for, at once and at each change, for as long as the work takes. */
  async #telling<T>(onPoint: OnPoint = () => undefined, work: () => Promise<T>): Promise<T> {
    if (!this.#connected) onPoint(this.#point);
    this.#listeners.add(onPoint);
    try {
      return await work();
    } finally {
      this.#listeners.delete(onPoint);
    }
  }

  /** Each of the servers may be silent for so long; its name, and the handshakes that follow, take what they take. */
  async #everyoneAnswers(answerMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const late = (): StackhouseError => this.#late(answerMs);
    for (const hop of this.#hops.inOrder) {
      await unlessAborted(signal, Promise.race([hop.begun, this.#link]));
      const answered = Promise.race([hop.answered, this.#link]);
      await withDeadline({ clock, signal, deadlineMs: answerMs }, late, (early) => unlessAborted(early, answered));
    }
  }

  #late(afterMs: number): StackhouseError {
    return unreachable(this.#connection, `no ${describePoint(this.#point)} within ${seconds(afterMs)}`);
  }

  hold(): void {
    this.#holders += 1;
    this.#idle?.abort();
    this.#idle = undefined;
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders > 0 || this.over) return;
    const idle = (this.#idle = new AbortController());
    void (this.#connected ? this.#closeWhenIdle(idle.signal) : this.close());
  }

  async #closeWhenIdle(signal: AbortSignal): Promise<void> {
    try {
      await this.#options.clock.sleep(this.#options.idleMs ?? 30_000, signal);
    } catch {
      return; // Held again, or closed already.
    }
    await this.close();
  }

  async close(): Promise<void> {
    this.over = true;
    this.#idle?.abort();
    this.#giveUp.abort(new StackhouseError("cancelled", `the dial of ${nameOf(this.#connection)} was given up`));
    const link = await this.#link.catch(() => undefined);
    await link?.close();
  }
}
