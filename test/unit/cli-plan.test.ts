import { describe, expect, it } from "@jest/globals";
import type { PropertyChange } from "../../modules/engine/index.ts";
import { planLines } from "../../modules/cli/render/plan.ts";
import { noColours } from "../../modules/cli/render/style.ts";
import { message, row, urnOf, view } from "../support/rows.ts";

const host = "stackhouse:hosts:LocalVm";

describe("the plan", () => {
  it("shows what changes and why, as a tree, with the container-level steps below the app", () => {
    const shown = view([
      row(host, "shop", { op: "same", state: "done", kind: "component" }),
      row("stackhouse:index:Vm", "shop-vm", { op: "same", state: "done", parent: urnOf(host, "shop") }),
      row("stackhouse:index:Agent", "shop-agent", {
        op: "update",
        state: "done",
        parent: urnOf(host, "shop"),
        changes: [{ path: "version", kind: "update", replaces: false, before: "0.1.0", after: "0.2.0" }],
      }),
      row("stackhouse:index:App", "shop", {
        op: "update",
        state: "done",
        changes: [{ path: "fingerprints.web", kind: "update", replaces: false }],
        diagnostics: [message("info", "~ web: image changed\n  pull nginx:1.29\n  replace container shop-web-1")],
      }),
    ]);
    expect(planLines("shop/dev", shown, noColours)).toEqual([
      "Plan for shop/dev:",
      "",
      "    LocalVm shop",
      "    ~ Agent shop-agent  update",
      '        version: "0.1.0" → "0.2.0"',
      "  ~ App shop  update",
      "      ~ web: image changed",
      "        pull nginx:1.29",
      "      \u0020\u0020replace container shop-web-1",
      "",
      "2 to update, 1 unchanged.",
    ]);
  });

  it("names the property that needs a replacement", () => {
    const shown = view([
      row("stackhouse:index:Vm", "shop", {
        op: "replace",
        changes: [{ path: "diskGiB", kind: "update", replaces: true, before: 8, after: 4 }],
      }),
    ]);
    expect(planLines("shop/dev", shown, noColours)).toContain("      diskGiB: 8 → 4 (needs a replacement)");
  });

  it("shows no change of a value into itself: it is put right where the world has another one, or none that is known", () => {
    const change = { path: "bundleDigest", kind: "update", replaces: false, before: "8c9e", after: "8c9e" } as const;
    const shown = view([row("stackhouse:index:Agent", "shop-agent", { op: "update", changes: [change] })]);
    expect(planLines("shop/dev", shown, noColours)).toContain("      bundleDigest is put right");
  });

  it("never shows a secret or guesses an unknown value", () => {
    const shown = view([
      row("stackhouse:index:App", "shop", {
        op: "update",
        changes: [
          { path: "secrets.token", kind: "update", replaces: false, before: "[secret]", after: "[secret]" },
          { path: "variables.URL", kind: "add", replaces: false, after: "[unknown]" },
        ],
      }),
    ]);
    expect(planLines("shop/dev", shown, noColours)).toEqual(
      expect.arrayContaining(["      secrets.token: [secret] → [secret]", "      variables.URL: [unknown] added"]),
    );
  });

  it("says of what is unknown in all its parts that it is, once", () => {
    const unknown = (path: string): PropertyChange => ({ path, kind: "update", replaces: false, after: "[unknown]" });
    const shown = view([
      row("stackhouse:index:Agent", "box", {
        op: "update",
        changes: [
          { ...unknown("connection.address"), before: "127.0.0.1" },
          { ...unknown("connection.privateKey"), before: "[secret]", after: "[secret]" },
          { path: "version", kind: "update", replaces: false, before: "1", after: "2" },
        ],
      }),
    ]);
    expect(planLines("shop/dev", shown, noColours).slice(2, 5)).toEqual([
      "  ~ Agent box  update",
      "      connection is known when up runs",
      '      version: "1" → "2"',
    ]);
  });

  it("says why a half-made resource is finished", () => {
    const shown = view([row("stackhouse:index:Vm", "shop", { op: "update", initErrors: ["gave up waiting for ssh"] })]);
    expect(planLines("shop/dev", shown, noColours)).toContain(
      "      finish what the last run left: gave up waiting for ssh",
    );
  });

  it("says that there is nothing to do", () => {
    const shown = view([row("stackhouse:index:Vm", "shop", { op: "same" })]);
    expect(planLines("shop/dev", shown, noColours)).toEqual(["Nothing to do for shop/dev: 1 unchanged."]);
  });
});
