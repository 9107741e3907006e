import { emptyRun, reduceEvent } from "../../engine/rows.ts";
import type { RunView } from "../../engine/run-view.ts";
import type { EngineEvent, PulumiStack, RunCall } from "../../engine/index.ts";
import type { CommandContext } from "../context.ts";
import { count } from "../render/text.ts";
import { placeRows } from "../render/tree.ts";
import type { Display } from "../terminal/display.ts";

/** Runs the engine and shows its rows; gives the result together with the last view. */
export async function watchRun<T>(
  context: CommandContext,
  display: Display,
  run: (call: RunCall) => Promise<T>,
): Promise<{ readonly result: T; readonly view: RunView }> {
  let view = emptyRun;
  using task = display.task("engine");
  using _cancel = onAbort(context.interrupts.signal, () =>
    task.info("cancelling: what runs is brought to an end. Ctrl-C again leaves at once"),
  );
  // Said now: where the engine does not end soon, there are no last words.
  using _leave = onAbort(context.interrupts.killSignal, () =>
    task.info("leaving at once: the same command again takes up what was half-made"),
  );
  const onEvent = (event: EngineEvent): void => {
    view = reduceEvent(view, event);
    display.show(view);
  };
  const result = await run({ ...runCall(context), progress: task, onEvent });
  return { result, view };
}

/** Plans without doing; its rows would read as if they were done, so only its progress is shown. */
export async function watchPreview(
  context: CommandContext,
  display: Display,
  stack: PulumiStack,
): Promise<{ readonly changed: boolean; readonly view: RunView }> {
  let view = emptyRun;
  using task = display.task("planning");
  task.status("starting the program");
  const onEvent = (event: EngineEvent): void => {
    view = reduceEvent(view, event);
    const rows = placeRows(view.rows);
    const busy = rows.findLast(({ row }) => row.state === "running" && row.status !== "");
    if (busy !== undefined) task.status(`${busy.row.name}: ${busy.row.status}`);
    else if (rows.length > 0) task.status(count(rows.length, "resource"));
  };
  const { changed } = await stack.preview({ ...runCall(context), progress: task, onEvent });
  return { changed, view };
}

function runCall({ interrupts, io, verbose }: CommandContext): Omit<RunCall, "progress" | "onEvent"> {
  return {
    signal: interrupts.signal,
    killSignal: interrupts.killSignal,
    ...(verbose ? { onOutput: (text: string) => void io.stderr.write(text) } : {}),
  };
}

function onAbort(signal: AbortSignal, say: () => void): Disposable {
  signal.addEventListener("abort", say, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", say) };
}
