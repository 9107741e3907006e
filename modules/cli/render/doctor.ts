import type { CheckResult } from "../doctor/check.ts";
import type { Style } from "./style.ts";
import { count, pad, width } from "./text.ts";

/** The findings, a line each with its fix below, and what follows from them. */
export function doctorLines(results: readonly CheckResult[], style: Style): string[] {
  const nameWidth = Math.max(...results.map(({ name }) => width(name)));
  const lines = results.flatMap(({ name, status, found, fix }) => {
    const line = `${mark(status, style)} ${pad(name, nameWidth)}  ${found}`;
    return fix === undefined ? [line] : [line, `${" ".repeat(nameWidth + 4)}→ ${fix}`];
  });
  const failed = results.filter(({ status }) => status === "failed").length;
  const warnings = results.filter(({ status }) => status === "warning").length;
  return [...lines, "", style.commands(verdict(failed, warnings))];
}

function verdict(failed: number, warnings: number): string {
  if (failed > 0) return `${count(failed, "problem")} to fix before stackhouse up can work.`;
  if (warnings > 0) return `Ready, with ${count(warnings, "warning")}. Next: stackhouse up`;
  return "Ready. Next: stackhouse up";
}

function mark(status: CheckResult["status"], style: Style): string {
  switch (status) {
    case "passed":
      return style.good("✓");
    case "warning":
      return style.warn("!");
    case "failed":
      return style.bad("✗");
  }
}
