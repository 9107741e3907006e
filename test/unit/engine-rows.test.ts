import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { emptyRun, reduceEvent, type EngineEvent, type Row, type RunView } from "../../modules/engine/index.ts";

/** Runs of the real engine (3.259.0) with the demo provider of test/support/engine. */
function recorded(name: string): readonly EngineEvent[] {
  const path = new URL(`engine-events/${name}.jsonl`, import.meta.url);
  return readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as EngineEvent);
}

function viewOf(events: readonly EngineEvent[]): RunView {
  return events.reduce(reduceEvent, emptyRun);
}

/** `op name state`, with the name of the parent and the changed paths (`!` replaces) where there are any. */
function inWords(view: RunView): readonly string[] {
  const nameOf = (urn: string | undefined): string => view.rows.find((row) => row.urn === urn)?.name ?? "";
  return view.rows.map((row) => {
    const parent = nameOf(row.parent);
    const changes = row.changes.map(({ kind, path, replaces }) => `${kind} ${path}${replaces ? "!" : ""}`);
    return [
      `${row.op} ${row.name} ${row.state}`,
      ...(parent === "" ? [] : [`in ${parent}`]),
      ...(changes.length === 0 ? [] : [changes.join(", ")]),
    ].join("; ");
  });
}

function row(view: RunView, name: string): Row {
  return view.rows.find((found) => found.name === name)!;
}

describe("rows of a finished run", () => {
  test.each([
    ["up-create", ["create demo-dev done", "create a done; in demo-dev", "create b done; in a"]],
    ["up-same", ["same demo-dev done", "same a done; in demo-dev", "same b done; in a"]],
    [
      "preview-replace",
      [
        "same demo-dev done",
        "replace a done; in demo-dev; update kind!, update password",
        "update b done; in a; update content, add waitFor",
      ],
    ],
    [
      "up-replace",
      [
        "same demo-dev done",
        "replace a done; in demo-dev; update kind!, update password",
        "update b done; in a; add waitFor",
      ],
    ],
    [
      "up-fail",
      [
        "same demo-dev done",
        "same a done; in demo-dev",
        "update b done; in a; delete waitFor",
        "create c failed; in demo-dev",
      ],
    ],
    ["refresh-drift", ["refresh demo-dev done", "refresh a done; in demo-dev", "update b done; in a; update content"]],
    ["refresh-gone", ["refresh demo-dev done", "refresh a done; in demo-dev", "delete b done; in a"]],
    ["destroy", ["delete a done; in demo-dev", "delete demo-dev done"]],
  ])("%s", (name, rows) => {
    expect(inWords(viewOf(recorded(name)))).toEqual(rows);
  });
});

describe("summary", () => {
  test.each([
    ["up-create", { counts: { create: 3 }, changed: true }],
    ["up-same", { counts: { same: 3 }, changed: false }],
    ["up-replace", { counts: { replace: 1, same: 1, update: 1 }, changed: true }],
    ["refresh-gone", { counts: { delete: 1, same: 2 }, changed: true }],
  ])("%s", (name, summary) => {
    expect(viewOf(recorded(name)).summary).toMatchObject(summary);
  });

  test("a preview is told from a run", () => {
    expect(viewOf(recorded("preview-replace")).kind).toBe("preview");
    expect(viewOf(recorded("up-replace")).kind).toBe("run");
  });
});

describe("values of changes", () => {
  test("are shown before and after", () => {
    const [change] = row(viewOf(recorded("up-replace")), "a").changes;
    expect(change).toEqual({ path: "kind", kind: "update", replaces: true, before: "x", after: "y" });
  });

  test("are words where they are secret", () => {
    const change = row(viewOf(recorded("up-replace")), "a").changes.find(({ path }) => path === "password");
    expect(change).toMatchObject({ before: "[secret]", after: "[secret]" });
  });

  test("are words where they are unknown in a preview", () => {
    const change = row(viewOf(recorded("preview-replace")), "b").changes.find(({ path }) => path === "content");
    expect(change).toMatchObject({ before: "HELLO", after: "[unknown]" });
  });
});

describe("rows of a running run", () => {
  const events = recorded("up-fail");
  const until = (last: (event: EngineEvent) => boolean): RunView => viewOf(events.slice(0, events.findIndex(last) + 1));

  test("ephemeral text is the row's status while it runs", () => {
    const view = until(({ diagnosticEvent }) => diagnosticEvent?.ephemeral === true);
    expect(row(view, "c")).toMatchObject({ state: "running", status: "making it" });
  });

  test("a resource has a row from its first word on, which its step takes over", () => {
    const steps = recorded("up-create");
    const isA = ({ resourcePreEvent }: EngineEvent): boolean => /::a$/u.test(resourcePreEvent?.metadata.urn ?? "");
    const index = steps.findIndex(isA);
    const urn = steps[index]?.resourcePreEvent?.metadata.urn;
    const says = (message: string, ephemeral: boolean): EngineEvent =>
      ({
        ...steps[index],
        resourcePreEvent: undefined,
        diagnosticEvent: { message, severity: "warning", urn, ephemeral },
      }) as unknown as EngineEvent;
    const early = [...steps.slice(0, index), says("asking the host 3 s", true), says("it is stopped", false)];
    const message = { severity: "warning", message: "it is stopped", urn };
    expect(row(viewOf(early), "a")).toMatchObject({
      ...{ op: "same", state: "running", status: "asking the host 3 s", diagnostics: [message] },
    });
    const whole = viewOf([...early, ...steps.slice(index)]);
    expect(inWords(whole)).toEqual(inWords(viewOf(steps)));
    expect(row(whole, "a").diagnostics).toEqual([message]);
  });

  test("a name may hold the delimiter of URNs", () => {
    const urn = "urn:pulumi:dev::shop::my:Parent$stackhouse:index:Vm::eu::box";
    const says = { sequence: 1, timestamp: 1, diagnosticEvent: { message: "hello", severity: "info", urn } };
    expect(viewOf([says as EngineEvent]).rows).toMatchObject([{ name: "eu::box", type: "stackhouse:index:Vm" }]);
  });

  test("a failed row keeps its errors and has no status", () => {
    expect(row(viewOf(events), "c")).toMatchObject({
      state: "failed",
      status: "",
      diagnostics: [{ severity: "error", message: "no room for c\nsecond line" }],
    });
  });

  test("the closing words of the engine belong to the run as a whole", () => {
    expect(viewOf(events).diagnostics).toEqual([{ severity: "error", message: "update failed" }]);
  });

  test("a replacement names the phase that runs", () => {
    const replacing = recorded("up-replace");
    const phases = replacing.map(
      (_, index) => viewOf(replacing.slice(0, index + 1)).rows.find(({ name }) => name === "a")?.phase,
    );
    expect([...new Set(phases)]).toEqual([undefined, "create-replacement", "delete-replaced"]);
  });
});

describe("events that are no news", () => {
  const view = viewOf(recorded("up-create"));
  const diagnostic = (message: string, severity = "info"): EngineEvent =>
    ({ sequence: 99, timestamp: 1, diagnosticEvent: { message, severity, color: "never" } }) as EngineEvent;

  test.each([
    ["an unknown kind", { sequence: 99, timestamp: 1, progressEvent: { id: "x" } } as unknown as EngineEvent],
    ["the SDK's debug texts, which hold secrets", diagnostic("password=hunter2", "debug")],
    ["blank text", diagnostic("  \n")],
  ])("%s", (_, event) => {
    expect(reduceEvent(view, event)).toEqual(view);
  });

  test("the same error told twice in a row counts once", () => {
    const event = diagnostic("Unhandled exception", "error");
    expect(viewOf([event, event]).diagnostics).toHaveLength(1);
  });

  test("colour tags and terminal codes are left out of texts", () => {
    const [found] = viewOf([diagnostic("<{%fg 1%}>no<{%reset%}> \u001b[31mroom\u001b[0m", "warning")]).diagnostics;
    expect(found).toEqual({ severity: "warning", message: "no room" });
  });
});
