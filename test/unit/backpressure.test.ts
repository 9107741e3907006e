import { PassThrough } from "node:stream";
import { describe, expect, it } from "@jest/globals";
import { drained } from "../../modules/base/backpressure.ts";

/** A stream that takes no more before it is read. */
function full(): PassThrough {
  const stream = new PassThrough({ highWaterMark: 1 });
  stream.write("more than one byte");
  return stream;
}
const listeners = (stream: PassThrough): number =>
  ["drain", "close", "error"].reduce((sum, event) => sum + stream.listenerCount(event), 0);

describe("a writer that waits for a slow reader", () => {
  it("goes on when the reader does, and leaves no listener, however often it waited", async () => {
    const [stream, connection] = [full(), new PassThrough()];
    const before = [listeners(stream), listeners(connection)];
    for (let count = 0; count < 20; count += 1) {
      const waiting = drained(stream, connection);
      stream.read();
      await waiting;
      stream.write("more than one byte");
    }
    expect([listeners(stream), listeners(connection)]).toEqual(before);
  });

  it.each(["its stream", "the other one"])("goes on when %s is closed", async (which) => {
    const [stream, connection] = [full(), new PassThrough()];
    const before = [listeners(stream), listeners(connection)];
    const waiting = drained(stream, connection);
    (which === "its stream" ? stream : connection).destroy();
    await waiting;
    expect([listeners(stream), listeners(connection)]).toEqual(before);
  });

  it("does not wait for one that was closed before", async () => {
    const connection = new PassThrough();
    const closed = new Promise((resolve) => connection.once("close", resolve));
    connection.destroy();
    await closed;
    await drained(full(), connection);
  });
});
