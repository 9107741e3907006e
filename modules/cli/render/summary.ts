import { seconds } from "../../base/wait.ts";
import type { RunView } from "../../engine/index.ts";
import { appTitle, logsCommand } from "../deployed/app-title.ts";
import type { AppResult } from "../deployed/state.ts";
import { nextSteps, type NextStep } from "./next-steps.ts";
import type { Style } from "./style.ts";
import { table } from "./table.ts";
import { countRows } from "./tree.ts";
import { countWords } from "./words.ts";

export interface UpSummary {
  readonly view: RunView;
  readonly changed: boolean;
  readonly ms: number;
  readonly apps: readonly AppResult[];
  /** Outputs that the program shows, secrets hidden. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** The last lines of `up`: what was done, where to reach it, what to do next. */
export function upLines({ view, changed, ms, apps, outputs }: UpSummary, style: Style): string[] {
  const head = changed
    ? `${style.good("Done")} in ${seconds(ms)}: ${countWords(countRows(view), "done")}.`
    : `${style.good("Nothing changed")}: all is as it should be (${seconds(ms)}).`;
  const sections = [
    [head],
    reachLines(apps, style),
    outputLines(outputs),
    unwellLines(apps, style),
    nextSteps(afterUp, style),
  ];
  return sections.filter((lines) => lines.length > 0).flatMap((lines, index) => (index === 0 ? lines : ["", ...lines]));
}

function reachLines(apps: readonly AppResult[], style: Style): string[] {
  const rows = apps.flatMap((app) =>
    Object.entries(app.services)
      .filter(([, service]) => service.url !== "")
      .map(([service, { url }]) => [appTitle(app, apps), service, style.accent(url)]),
  );
  return rows.length === 0 ? [] : table(["APP", "SERVICE", "URL"], rows, style);
}

/** What was running when it was last waited for may have ended since. */
function unwellLines(apps: readonly AppResult[], style: Style): string[] {
  return apps.flatMap((app) =>
    Object.entries(app.services)
      .filter(([, { state }]) => state !== undefined && !["running", "completed"].includes(state))
      .map(([service, { state }]) => {
        const look = style.commands(logsCommand(app, { service, all: apps }));
        return `${style.bad("!")} ${appTitle(app, apps)}: ${service} is ${state} now: ${look}`;
      }),
  );
}

function outputLines(outputs: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(outputs).map(
    ([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
}

const afterUp: readonly NextStep[] = [
  ["stackhouse status", "what runs"],
  ["stackhouse logs -f", "follow the logs"],
  ["stackhouse destroy", "take it all away"],
];
