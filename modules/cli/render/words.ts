import { seconds } from "../../base/wait.ts";
import type { Operation, Row } from "../../engine/index.ts";
import type { Style } from "./style.ts";

interface Words {
  /** As an intention, in a plan. */
  readonly plan: string;
  readonly running: string;
  readonly done: string;
  readonly sign: string;
}

const words: Readonly<Record<Operation, Words>> = {
  same: { plan: "unchanged", running: "checking", done: "unchanged", sign: " " },
  create: { plan: "create", running: "creating", done: "created", sign: "+" },
  update: { plan: "update", running: "updating", done: "updated", sign: "~" },
  replace: { plan: "replace", running: "replacing", done: "replaced", sign: "±" },
  delete: { plan: "delete", running: "deleting", done: "deleted", sign: "-" },
  read: { plan: "read", running: "reading", done: "read", sign: " " },
  refresh: { plan: "refresh", running: "reading", done: "read", sign: " " },
  import: { plan: "import", running: "importing", done: "imported", sign: "+" },
  forget: { plan: "forget", running: "forgetting", done: "forgotten", sign: "-" },
};

export const planWord = (op: Operation): string => words[op].plan;

/** `creating`, `created`, `not created`. */
export function stateWord(row: Row): string {
  switch (row.state) {
    case "running":
      return words[row.op].running;
    case "done":
      return words[row.op].done;
    case "failed":
      return `not ${words[row.op].done}`;
  }
}

/** The sign of an operation in its colour: `+ ~ ± -`. */
export function sign(op: Operation, style: Style): string {
  const { sign } = words[op];
  switch (op) {
    case "create":
    case "import":
      return style.good(sign);
    case "update":
    case "replace":
      return style.warn(sign);
    case "delete":
    case "forget":
      return style.bad(sign);
    case "same":
    case "read":
    case "refresh":
      return sign;
  }
}

const order: readonly Operation[] = ["create", "import", "update", "replace", "delete", "forget"];

/** `2 created, 1 updated, 3 unchanged`, or in a plan `2 to create, …`; empty where nothing happened at all. */
export function countWords(counts: Readonly<Partial<Record<Operation, number>>>, tense: "plan" | "done"): string {
  const parts = order
    .filter((op) => (counts[op] ?? 0) > 0)
    .map((op) => `${counts[op] ?? 0} ${tense === "plan" ? `to ${words[op].plan}` : words[op].done}`);
  const same = counts.same ?? 0;
  if (same > 0) parts.push(`${same} unchanged`);
  return parts.join(", ");
}

/** How long a row has run or ran; empty below a second. */
export function rowTime(row: Row, now: number): string {
  const ms = Math.max(0, (row.endedAt ?? now) - row.startedAt);
  return ms < 1000 ? "" : seconds(ms);
}
