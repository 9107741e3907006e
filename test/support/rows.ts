import type { Diagnostic, Row, RunView } from "../../modules/engine/index.ts";

const project = "urn:pulumi:dev::shop::";

/** A row of a run as the engine gives it, for tests of rendering. */
export function row(type: string, name: string, more: Partial<Row> = {}): Row {
  return {
    urn: `${project}${type}::${name}`,
    name,
    type,
    kind: "resource",
    parent: `${project}pulumi:pulumi:Stack::shop-dev`,
    op: "create",
    state: "running",
    startedAt: 0,
    status: "",
    diagnostics: [],
    changes: [],
    initErrors: [],
    outputs: {},
    ...more,
  };
}

export const stackRow: Row = {
  ...row("pulumi:pulumi:Stack", "shop-dev"),
  urn: `${project}pulumi:pulumi:Stack::shop-dev`,
};

export const urnOf = (type: string, name: string): string => `${project}${type}::${name}`;

export const message = (severity: Diagnostic["severity"], text: string): Diagnostic => ({ severity, message: text });

export function view(rows: readonly Row[], more: Partial<RunView> = {}): RunView {
  return { kind: "run", rows: [stackRow, ...rows], diagnostics: [], ...more };
}
