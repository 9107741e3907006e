import { Duplex } from "node:stream";
import type ssh2 from "ssh2";

/**
 * A channel of ssh2 as a stream that keeps Node's contract. ssh2's own never calls back a write to a channel that was
 * closed, has no `destroy` with an error and emits no `close` of its own; whoever pipes into it would wait for ever.
 */
export class ChannelStream extends Duplex {
  readonly #channel: ssh2.Channel;
  readonly #lostReason: () => Error | undefined;
  /** Callback of the write that ssh2 holds until the host takes more. */
  #writing: ((error?: Error | null) => void) | undefined;
  #closed = false;

  /** `lostReason` tells why the connection below was lost, and nothing while it stands. */
  constructor(channel: ssh2.Channel, lostReason: () => Error | undefined) {
    super({ allowHalfOpen: false });
    this.#channel = channel;
    this.#lostReason = lostReason;
    channel.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) channel.pause();
    });
    channel.once("end", () => {
      if (this.#lostReason() === undefined) this.push(null);
    });
    channel.on("error", (error: Error) => this.destroy(error));
    channel.once("close", () => this.#onClose());
    channel.pause();
  }

  #onClose(): void {
    this.#closed = true;
    const lost = this.#lostReason();
    if (lost !== undefined) {
      this.destroy(lost);
      return;
    }
    // What the host did not take is dropped: the end of the stream says so to a reader, an exit code to a writer.
    this.push(null);
    this.#finishWrite();
  }

  #finishWrite(error?: Error): void {
    const callback = this.#writing;
    this.#writing = undefined;
    callback?.(error);
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (this.#closed) {
      callback();
      return;
    }
    this.#writing = callback;
    this.#channel.write(chunk, () => this.#finishWrite());
  }

  override _final(callback: (error?: Error | null) => void): void {
    if (!this.#closed) this.#channel.end();
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.#closed) this.#channel.close();
    this.#channel.resume(); // ssh2 ends a channel only when all of it was read.
    callback(error);
    this.#finishWrite(error ?? new Error("the stream was closed"));
  }
}
