import type { Clock } from "../../base/clock.ts";
import type { Progress } from "../../base/progress.ts";
import { emptyRun } from "../../engine/rows.ts";
import type { RunView } from "../../engine/run-view.ts";
import type { CommandContext } from "../context.ts";
import type { TerminalOutput } from "../io.ts";
import { liveLines, type Task } from "../render/live.ts";
import { emptyLog, logLines, type LogMoment } from "../render/log.ts";
import { newMessages, type Printed } from "../render/messages.ts";
import type { Style } from "../render/style.ts";
import { oneLine } from "../render/text.ts";

/** Shows a run while it goes on: redrawn rows on a terminal, plain lines that are only appended anywhere else. */
export interface Display extends Disposable {
  show(view: RunView): void;
  /** Progress of work that is no resource, such as building the engine, shown until it is disposed. */
  task(name: string): Progress & Disposable;
}

interface DisplayPorts {
  readonly out: TerminalOutput;
  readonly clock: Clock;
  readonly style: Style;
  /** Only append lines, on a terminal too: other output comes between. */
  readonly appendOnly?: boolean;
}

const silentDisplay: Display = {
  show: () => {},
  task: () => ({ status: () => {}, info: () => {}, warn: () => {}, [Symbol.dispose]: () => {} }),
  [Symbol.dispose]: () => {},
};

/** Works under a display that fits the output, and closes it; with `--json` nothing but the result is shown. */
export async function withDisplay<T>(context: CommandContext, work: (display: Display) => Promise<T>): Promise<T> {
  const { io, clock, style, verbose } = context;
  using display = context.json ? silentDisplay : openDisplay({ out: io.stdout, clock, style, appendOnly: verbose });
  return await work(display);
}

function openDisplay(ports: DisplayPorts): Display {
  const isLive = (ports.out.isTTY ?? false) && ports.appendOnly !== true;
  const painter = isLive ? livePainter(ports) : logPainter(ports);
  let view = emptyRun;
  let task: Task | undefined;
  const moment = (): LogMoment => ({ view, task, at: ports.clock.now() });
  const timer = setInterval(() => painter.tick(moment()), painter.tickMs);
  return {
    show(next) {
      view = next;
      painter.changed(moment());
    },
    task(name) {
      task = { name, status: "", startedAt: ports.clock.now() };
      const say = (text: string): void => painter.print(`${name}: ${text}`);
      return {
        status(text) {
          if (task?.name === name) task = { ...task, status: oneLine(text) };
          painter.changed(moment());
        },
        info: (text) => text.split("\n").forEach((line) => say(oneLine(line))),
        warn: (text) => text.split("\n").forEach((line) => say(ports.style.warn(`warning: ${oneLine(line)}`))),
        [Symbol.dispose]() {
          if (task?.name === name) task = undefined;
        },
      };
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      task = undefined;
      painter.close(moment());
    },
  };
}

interface Painter {
  readonly tickMs: number;
  tick(moment: LogMoment): void;
  changed(moment: LogMoment): void;
  /** A line that stays. */
  print(line: string): void;
  close(moment: LogMoment): void;
}

function logPainter({ out, clock, style }: DisplayPorts): Painter {
  let state = emptyLog(clock.now());
  const write = (moment: LogMoment): void => {
    const next = logLines(state, moment, style);
    state = next.state;
    for (const line of next.lines) out.write(`${line}\n`);
  };
  return { tickMs: 1_000, tick: write, changed: write, print: (line) => out.write(`${line}\n`), close: write };
}

const hideCursor = "\u001b[?25l";
const showCursor = "\u001b[?25h";

function livePainter({ out, style }: DisplayPorts): Painter {
  let printed: Printed = {};
  let drawn = 0;
  const erased = (): string => {
    const code = drawn === 0 ? "" : `\u001b[${drawn}A\r\u001b[J`;
    drawn = 0;
    return code;
  };
  /** Messages scroll away above the rows. */
  const draw = ({ view, task, at }: LogMoment): void => {
    const screen = { now: at, columns: (out.columns ?? 80) - 1, lines: (out.rows ?? 24) - 2, style };
    const rows = liveLines(view, task, screen);
    const messages = newMessages(view, printed, style);
    printed = messages.printed;
    out.write(erased() + [...messages.lines, ...rows].map((line) => `${line}\n`).join(""));
    drawn = rows.length;
  };
  const restore = (): void => void out.write(showCursor);
  process.on("exit", restore);
  out.write(hideCursor);
  return {
    tickMs: 100,
    tick: draw,
    changed: () => {},
    print: (line) => out.write(`${erased()}${line}\n`),
    close(moment) {
      draw(moment);
      process.off("exit", restore);
      restore();
    },
  };
}
