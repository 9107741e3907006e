import { describe, expect, test } from "@jest/globals";
import { StackhouseError } from "../../modules/base/errors.ts";
import { runError } from "../../modules/engine/failures.ts";
import { emptyRun, type RunView } from "../../modules/engine/index.ts";
import { message, row } from "../support/rows.ts";

const aborted = AbortSignal.abort();

/** `up` that makes an app; its VM could not be made. */
const failing: RunView = {
  ...emptyRun,
  rows: [
    row("stackhouse:index:Vm", "box", {
      state: "failed",
      diagnostics: [message("warning", "slow disk"), message("error", "no room\non the disk")],
    }),
    row("stackhouse:index:App", "shop"),
  ].map((one) => ({ ...one, diagnostics: one.diagnostics.map((told) => ({ ...told, urn: one.urn })) })),
};

function told(call: { signal: AbortSignal; killSignal?: AbortSignal }): StackhouseError {
  const error = runError(new Error("the engine ended"), { operation: "up", view: failing, call });
  if (error instanceof StackhouseError) return error;
  throw new Error("it is not told in words", { cause: error });
}

describe("a run that the user ended", () => {
  test.each([
    ["cancelled", { signal: aborted }],
    ["left at once", { signal: aborted, killSignal: aborted }],
  ])("and was %s tells what had gone wrong, and what was still at work", (_, call) => {
    expect(told(call)).toMatchObject({
      code: "cancelled",
      details: [
        "stackhouse:index:Vm box:",
        "  no room",
        "  on the disk",
        "not finished: create stackhouse:index:App shop",
      ],
    });
  });
});
