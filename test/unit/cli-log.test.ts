import { describe, expect, it } from "@jest/globals";
import type { RunView } from "../../modules/engine/index.ts";
import { emptyLog, logLines } from "../../modules/cli/render/log.ts";
import { noColours } from "../../modules/cli/render/style.ts";
import { message, row, stackRow, view } from "../support/rows.ts";

/** All lines of a log over moments: `[milliseconds, view]`. */
function logOf(...moments: readonly (readonly [number, RunView])[]): readonly string[] {
  let state = emptyLog(0);
  return moments.flatMap(([at, shown]) => {
    const next = logLines(state, { view: shown, task: undefined, at }, noColours);
    state = next.state;
    return next.lines;
  });
}

const vm = (status: string) => view([row("stackhouse:index:Vm", "shop", { status })]);
const vmDone = view([row("stackhouse:index:Vm", "shop", { state: "done", endedAt: 31_000 })]);

describe("progress in a log file", () => {
  it("says the start, each new phase and the end of a resource", () => {
    const lines = logOf(
      [0, vm("")],
      [2_000, vm("starting qemu")],
      [4_000, vm("waiting for ssh 1 s (connection refused)")],
      [31_000, vmDone],
    );
    expect(lines).toEqual([
      "[      0 s] Vm shop: creating",
      "[      2 s] Vm shop: creating 2 s: starting qemu",
      "[      4 s] Vm shop: creating 4 s: waiting for ssh 1 s (connection refused)",
      "[     31 s] Vm shop: created in 31 s",
    ]);
  });

  it("does not repeat a status in which only numbers change, but for a heartbeat", () => {
    const waiting = [...Array(40).keys()].map((s) => [s * 1_000, vm(`waiting for ssh ${s} s`)] as const);
    expect(logOf(...waiting)).toEqual([
      "[      0 s] Vm shop: creating: waiting for ssh 0 s",
      "[     15 s] Vm shop: creating 15 s: waiting for ssh 15 s",
      "[     30 s] Vm shop: creating 30 s: waiting for ssh 30 s",
    ]);
  });

  it("is silent about what does not change", () => {
    expect(logOf([0, view([row("stackhouse:index:Vm", "shop", { op: "same", state: "done", endedAt: 0 })])])).toEqual(
      [],
    );
  });

  it("is silent about components, for which nothing is done", () => {
    expect(logOf([0, view([row("stackhouse:hosts:LocalVm", "shop", { kind: "component" })])])).toEqual([]);
  });

  it("keeps messages under the name of their resource, each once", () => {
    const app = row("stackhouse:index:App", "shop", {
      diagnostics: [
        message("info", "create container web-1: new\nstart container web-1"),
        message("warning", "no health check"),
      ],
    });
    expect(logOf([0, view([app])], [1_000, view([app])])).toEqual([
      "[      0 s] App shop: creating",
      "[      0 s] App shop: create container web-1: new",
      "[      0 s] App shop: start container web-1",
      "[      0 s] App shop: warning: no health check",
    ]);
  });

  it("tells of a resource that is only looked at when that takes long", () => {
    const agent = row("stackhouse:index:Agent", "box", { op: "same", state: "running", status: "asking the host 1 s" });
    expect(logOf([1_000, view([agent])])).toEqual([]);
    expect(logOf([3_000, view([{ ...agent, status: "asking the host 3 s" }])])).toEqual([
      "[      3 s] Agent box: checking: asking the host 3 s",
    ]);
  });

  it("shows messages of the run as a whole without a name", () => {
    const program = { ...view([]), rows: [{ ...stackRow, diagnostics: [message("info", "hello from console.log")] }] };
    expect(logOf([0, program])).toEqual(["[      0 s] hello from console.log"]);
  });

  it("leaves errors to the end of the run, which shows them all", () => {
    const failed = row("stackhouse:index:Vm", "shop", {
      state: "failed",
      endedAt: 9_000,
      diagnostics: [message("error", "qemu is not installed")],
    });
    expect(logOf([9_000, view([failed])])).toEqual(["[      9 s] Vm shop: not created after 9 s"]);
  });
});
