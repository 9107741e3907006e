import { expect, it } from "@jest/globals";
import fc from "fast-check";
import { healthcheckBody } from "../../host-agent/runtime/docker/healthcheck.ts";
import { parseNanoseconds, printDuration } from "../../modules/stackfile/forms/duration.ts";

it("a duration is read as it was printed, to the nanosecond", () => {
  const sizes = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }),
    fc.bigInt({ min: 0n, max: 7_200_000_000_000n }),
  );
  fc.assert(fc.property(sizes, (nanoseconds) => parseNanoseconds(printDuration(nanoseconds)) === nanoseconds));
});

it.each([
  ["1m1ns", "1m0.000000001s"],
  ["1h0.5us", "1h0m0.0000005s"],
  ["2562047h47m16.854775807s", "2562047h47m16.854775807s"],
  ["0.9999999999s", "999.999999ms"],
])("%s is %s to Go", (text, printed) => {
  expect(printDuration(parseNanoseconds(text) ?? 0n)).toBe(printed);
});

it("a health check has its interval where seconds meet nanoseconds", () => {
  const service = { command: null, entrypoint: null, healthcheck: { interval: "1m0.000000001s" } };
  expect(healthcheckBody(service)).toEqual({
    Interval: 60_000_000_001,
  });
});
