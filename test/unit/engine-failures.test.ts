import { describe, expect, test } from "@jest/globals";
import { CommandError } from "@pulumi/pulumi/automation/index.js";
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

/** The SDK makes them, and does not let others. */
function commandError(stderr: string): CommandError {
  return Object.assign(Object.create(CommandError.prototype) as CommandError, { commandResult: { stderr } });
}

describe("a program that does not run", () => {
  const failed = (stderr: string, view: RunView = emptyRun): unknown =>
    runError(commandError(stderr), { operation: "preview", view, call: { signal: new AbortController().signal } });

  test("is told without the frames of its tools, and with its own", () => {
    const text = [
      "Error: Unexpected }",
      "    at Object.<anonymous> (/home/me/shop/index.ts:3:1)",
      "    at failureErrorWithLog (/home/me/shop/node_modules/esbuild/lib/main.js:1467:15)",
      "    at node:internal/process/task_queues:105:5",
    ].join("\n");
    const view: RunView = { ...emptyRun, diagnostics: [message("error", text)] };
    expect(failed("", view)).toMatchObject({
      details: ["Error: Unexpected }", "    at Object.<anonymous> (/home/me/shop/index.ts:3:1)"],
    });
  });

  test("for want of a cloud's provider says how a machine gets it that cannot download it", () => {
    const text =
      "error: could not load plugin for aws provider 'urn': Could not automatically download and install resource plugin 'pulumi-resource-aws' " +
      "at version v7.48.0, install the plugin using `pulumi plugin install resource aws v7.48.0`: failed all 5 attempts";
    const view: RunView = { ...emptyRun, diagnostics: [message("error", text)] };
    expect(failed("", view)).toMatchObject({
      details: [text],
      hint: expect.stringContaining("pulumi plugin install resource aws 7.48.0 --file ARCHIVE"),
    });
  });

  test("for want of its packages says how to install them", () => {
    const stderr =
      "error: parsing plugin options for 'stackhouse': no folder at path '/home/me/shop/node_modules/stackhouse/bin'";
    expect(failed(stderr)).toMatchObject({
      code: "input.invalid",
      message: "the packages of the program in /home/me/shop are not installed",
      hint: "npm install there, then run this again",
    });
  });
});
