import { describe, expect, it } from "@jest/globals";
import { liveLines } from "../../modules/cli/render/live.ts";
import { colours, noColours } from "../../modules/cli/render/style.ts";
import { width } from "../../modules/cli/render/text.ts";
import { row, urnOf, view } from "../support/rows.ts";

const screen = { now: 18_000, columns: 90, lines: 20, style: noColours };
const host = "stackhouse:hosts:LocalVm";
const running = view([
  row(host, "shop"),
  row("stackhouse:index:Vm", "shop-vm", {
    parent: urnOf(host, "shop"),
    status: "waiting for ssh 12 s (connection refused)",
  }),
  row("stackhouse:index:App", "shop", { state: "done", op: "update", endedAt: 3_000 }),
]);

describe("the live rows of a run", () => {
  it("show a line a resource as a tree, with what it does, for how long and its status", () => {
    expect(liveLines(running, undefined, screen)).toEqual([
      "⠋ LocalVm shop  creating        18 s",
      "⠋   Vm shop-vm  creating        18 s  waiting for ssh 12 s (connection refused)",
      "✓ App shop      updated          3 s",
    ]);
  });

  it("show a component that reads the same as its resource once", () => {
    const component = row("stackhouse:apps:App", "shop", { kind: "component" });
    const resource = row("stackhouse:index:App", "shop", { parent: component.urn });
    expect(liveLines(view([component, resource]), undefined, screen)).toEqual(["⠋ App shop  creating        18 s"]);
  });

  it("leave out what does not change, and the Pulumi stack", () => {
    const same = view([row("stackhouse:index:Vm", "shop", { op: "same", state: "done", endedAt: 0 })]);
    expect(liveLines(same, undefined, screen)).toEqual([]);
  });

  it("say what could not be done", () => {
    const failed = view([row("stackhouse:index:Agent", "shop", { state: "failed", endedAt: 9_000 })]);
    expect(liveLines(failed, undefined, screen)).toEqual(["✗ Agent shop  not created         9 s"]);
  });

  it("show work that is no resource above the rows", () => {
    const task = { name: "engine", status: "building 2 of 3", startedAt: 8_000 };
    expect(liveLines(view([]), task, screen)).toEqual(["⠋ engine  10 s  building 2 of 3"]);
  });

  it.each([20, 40, 60, 90])("never take more than %i columns, with colours too", (columns) => {
    const lines = liveLines(
      running,
      { name: "engine", status: "x".repeat(200), startedAt: 0 },
      {
        ...screen,
        columns,
        style: colours,
      },
    );
    expect(Math.max(...lines.map(width))).toBeLessThanOrEqual(columns);
  });

  it("fold finished rows first when the terminal is too low, and say how many", () => {
    const many = view([
      ...[1, 2, 3, 4].map((n) => row("stackhouse:index:App", `done-${n}`, { state: "done", endedAt: 0 })),
      row("stackhouse:index:App", "slow"),
    ]);
    expect(liveLines(many, undefined, { ...screen, lines: 3 })).toEqual([
      "✓ App done-1  created",
      "⠋ App slow    creating        18 s",
      "  … 3 more",
    ]);
  });

  it("do not obey control codes that a host sends", () => {
    const rude = view([row("stackhouse:index:App", "a", { status: "\u001b[2Jgone\u0007\r\nx" })]);
    expect(liveLines(rude, undefined, screen)).toEqual(["⠋ App a  creating        18 s  gone x"]);
  });
});
