import { seconds } from "../../base/wait.ts";
import type { Row, RunView } from "../../engine/index.ts";
import type { Task } from "./live.ts";
import { newMessages, type Printed } from "./messages.ts";
import type { Style } from "./style.ts";
import { oneLine } from "./text.ts";
import { isChange, label, placeRows } from "./tree.ts";
import { rowTime, stateWord } from "./words.ts";

/** What a log has said so far, so that it grows only by news. */
export interface LogState {
  readonly startedAt: number;
  readonly said: Readonly<Record<string, Said>>;
  readonly printed: Printed;
}

interface Said {
  readonly state: Row["state"];
  /** The status without its numbers: a new one is news, a counting one is a heartbeat. */
  readonly phase: string;
  readonly at: number;
}

/** What runs says at least this often that it is still at work. */
const heartbeatMs = 15_000;
/** News about one row come at most this often; its end is told at once. */
const newsMs = 1_000;
const slowMs = 2_000;

export const emptyLog = (startedAt: number): LogState => ({ startedAt, said: {}, printed: {} });

export interface LogMoment {
  readonly view: RunView;
  readonly task: Task | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** The lines that a log gains since the last call. Called when something changed and when only time has passed. */
export function logLines(
  state: LogState,
  moment: LogMoment,
  style: Style,
): { readonly state: LogState; readonly lines: readonly string[] } {
  const said: Record<string, Said> = { ...state.said };
  const news: string[] = [];
  for (const subject of subjectsOf(moment)) {
    const text = newsOf(subject, said[subject.key], moment.at);
    if (text === undefined) continue;
    said[subject.key] = { state: subject.state, phase: phaseOf(subject.status), at: moment.at };
    news.push(`${subject.name}: ${text}`);
  }
  const messages = newMessages(moment.view, state.printed, style);
  const stamp = style.faint(`[${seconds(moment.at - state.startedAt).padStart(9)}]`);
  return {
    state: { ...state, said, printed: messages.printed },
    lines: [...news, ...messages.lines].map((line) => `${stamp} ${line}`),
  };
}

interface Subject {
  readonly key: string;
  readonly name: string;
  readonly state: Row["state"];
  readonly status: string;
  readonly word: string;
  readonly time: string;
}

function subjectsOf({ view, task, at }: LogMoment): Subject[] {
  const tasks = task === undefined || task.status === "" ? [] : [task];
  return [
    ...tasks.map(({ name, status }) => ({
      key: `task ${name}`,
      name,
      state: "running" as const,
      status: oneLine(status),
      word: "",
      time: "",
    })),
    ...placeRows(view.rows)
      .map(({ row }) => row)
      .filter((row) => row.kind === "resource" && (row.state === "failed" || isChange(row) || isSlow(row, at)))
      .map((row) => ({
        key: row.urn,
        name: label(row),
        state: row.state,
        status: oneLine(row.status),
        word: stateWord(row),
        time: rowTime(row, at),
      })),
  ];
}

/** What is only looked at is news where that takes long. */
function isSlow({ state, status, startedAt }: Row, at: number): boolean {
  return state === "running" && status !== "" && at - startedAt >= slowMs;
}

/** What there is to say about a subject now, if anything. */
function newsOf(subject: Subject, before: Said | undefined, at: number): string | undefined {
  const { state, status, word, time } = subject;
  if (state !== "running") {
    if (before?.state === state) return undefined;
    return joined(word, time, state === "failed" ? " after " : " in ");
  }
  if (before === undefined) return joined(word, status, ": ");
  const since = at - before.at;
  const isNews = before.state !== state || (status !== "" && phaseOf(status) !== before.phase);
  if (isNews ? since < newsMs : since < heartbeatMs) return undefined;
  return joined(joined(word, time, " "), status, ": ");
}

function joined(left: string, right: string, between: string): string {
  return left === "" ? right : right === "" ? left : `${left}${between}${right}`;
}

function phaseOf(status: string): string {
  return status.replaceAll(/\d+/g, "#");
}
