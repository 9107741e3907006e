import { expect, test } from "@jest/globals";
import { patienceWith } from "../../modules/provider/patience.ts";

test.each([
  ["a machine of a cloud has the time to boot, at an address that it had before too", { machineId: "i-1" }, 300_000],
  ["a local VM has the time to begin", { vmId: "box" }, 180_000],
] as const)("%s", (_, connection, deadlineMs) => {
  expect(patienceWith(connection)).toEqual({ deadlineMs });
});

test("a machine that exists should be there, and a login that it refuses is none that comes too early", () => {
  expect(patienceWith({})).toEqual({ deadlineMs: 30_000, loginGraceMs: 0 });
});
