import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { isStackhouseError } from "../../modules/base/errors.ts";
import {
  decodeExecFrames,
  encodeExecFrame,
  maxExecPayload,
  type ExecFrame,
} from "../../modules/protocol/exec-frames.ts";

const data = fc.uint8Array({ maxLength: 300 });
const size = fc.integer({ min: 1, max: 1_000 });
const frame: fc.Arbitrary<ExecFrame> = fc.oneof(
  fc.record({ kind: fc.constantFrom("stdin", "stdout", "stderr"), data }),
  fc.constant<ExecFrame>({ kind: "stdin-end" }),
  fc.record({ kind: fc.constant("resize" as const), columns: size, rows: size }),
  fc.record({ kind: fc.constant("exit" as const), code: fc.integer({ min: 0, max: 255 }) }),
  fc.record({
    kind: fc.constant("start" as const),
    request: fc.record({
      service: fc.string(),
      command: fc.array(fc.string(), { minLength: 1 }),
      tty: fc.boolean(),
      env: fc.dictionary(fc.stringMatching(/^[A-Z]+$/), fc.string(), { noNullPrototype: true }),
    }),
  }),
  fc.record({
    kind: fc.constant("problem" as const),
    problem: fc.record({ code: fc.string(), message: fc.string(), details: fc.array(fc.string()) }),
  }),
);

function protocolError(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch (error) {
    return isStackhouseError(error, "agent.protocol");
  }
}

describe("exec frames", () => {
  test("come out as they went in, however the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(frame), fc.array(fc.nat(2_000)), (frames, cuts) => {
        const bytes = Buffer.concat(frames.map(encodeExecFrame));
        const points = [...new Set([0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length])];
        points.sort((one, other) => one - other);
        const decoded: ExecFrame[] = [];
        let rest: Uint8Array = new Uint8Array();
        for (const [index, point] of points.entries()) {
          const chunk = bytes.subarray(points[index - 1] ?? 0, point);
          const result = decodeExecFrames(Buffer.concat([rest, chunk]));
          rest = result.rest;
          decoded.push(...result.frames);
        }
        expect(rest).toHaveLength(0);
        expect(decoded.map((each) => ("data" in each ? { ...each, data: [...each.data] } : each))).toEqual(
          frames.map((each) => ("data" in each ? { ...each, data: [...each.data] } : each)),
        );
      }),
    );
  });

  test("of an unknown kind are a protocol error", () => {
    expect(protocolError(() => decodeExecFrames(new Uint8Array([99, 0, 0, 0, 0])))).toBe(true);
  });

  test("that say they are longer than allowed are refused before they have come", () => {
    expect(protocolError(() => decodeExecFrames(new Uint8Array([1, 0xff, 0xff, 0xff, 0xff])))).toBe(true);
  });

  test("longer than allowed are not sent", () => {
    const long = new Uint8Array(maxExecPayload + 1);
    expect(protocolError(() => encodeExecFrame({ kind: "stdout", data: long }))).toBe(true);
  });

  test("whose payload is not what their kind has are a protocol error", () => {
    const resize = encodeExecFrame({ kind: "resize", columns: 80, rows: 24 });
    resize[resize.length - 1] = 0;
    expect(protocolError(() => decodeExecFrames(resize))).toBe(true);
  });

  test("never make the decoder fail in another way, whatever comes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          decodeExecFrames(bytes);
        } catch (error) {
          expect(isStackhouseError(error, "agent.protocol")).toBe(true);
        }
      }),
    );
  });
});
