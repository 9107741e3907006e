import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  decodeServerSentEvents,
  encodeServerSentEvent,
  heartbeat,
  type ServerSentEvent,
} from "../../modules/protocol/sse.ts";

const line = fc.string().filter((text) => !/[\r\n]/.test(text));
const event: fc.Arbitrary<ServerSentEvent> = fc.record({
  id: fc.stringMatching(/^\d{1,5}$/),
  event: fc.stringMatching(/^[a-z]{1,8}$/),
  data: fc.array(line, { minLength: 1 }).map((lines) => lines.join("\n")),
});

describe("server-sent events", () => {
  test("come out as they went in, however the text is cut, and heartbeats are dropped", () => {
    fc.assert(
      fc.property(fc.array(event), fc.integer({ min: 1, max: 50 }), (events, length) => {
        const text = events.map((each) => heartbeat + encodeServerSentEvent(each)).join("");
        const decoded: ServerSentEvent[] = [];
        let rest = "";
        for (let start = 0; start < text.length; start += length) {
          const result = decodeServerSentEvents(rest + text.slice(start, start + length));
          rest = result.rest;
          decoded.push(...result.events);
        }
        expect(rest).toBe("");
        expect(decoded).toEqual(events);
      }),
    );
  });

  test("without an id or a name have none, and are called message", () => {
    expect(decodeServerSentEvents("data:x\n\n").events).toEqual([{ event: "message", data: "x" }]);
  });
});
