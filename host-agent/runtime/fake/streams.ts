import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type { ExecRequest } from "../../../modules/protocol/api.ts";
import { RuntimeError } from "../errors.ts";
import type { ExecSession, Runtime, RuntimeEvent } from "../port.ts";
import type { FakeContainer, FakeWorld } from "./world.ts";

/** A stream that others push into until the signal aborts. */
async function* pushed<T>(
  signal: AbortSignal,
  subscribe: (push: (item: T) => void, end: () => void) => () => void,
): AsyncGenerator<T> {
  const queue: T[] = [];
  const ended = new AbortController();
  let wake: () => void = () => undefined;
  const end = (): void => {
    ended.abort();
    wake();
  };
  const unsubscribe = subscribe((item) => {
    queue.push(item);
    wake();
  }, end);
  signal.addEventListener("abort", end, { once: true });
  try {
    for (;;) {
      while (queue.length > 0 && !signal.aborted) yield queue.shift() as T;
      if (ended.signal.aborted || signal.aborted) return;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    unsubscribe();
    signal.removeEventListener("abort", end);
  }
}

export function watchFake(world: FakeWorld, signal: AbortSignal): AsyncIterable<RuntimeEvent> {
  return pushed<RuntimeEvent>(signal, (push) => {
    world.listeners.add(push);
    push({ kind: "listening" });
    return () => world.listeners.delete(push);
  });
}

export async function* logsOfFake(
  world: FakeWorld,
  container: FakeContainer,
  query: Parameters<Runtime["logs"]>[1],
  signal: AbortSignal,
): ReturnType<Runtime["logs"]> & AsyncGenerator {
  const since = query.since === undefined ? undefined : Date.parse(query.since);
  const wanted = container.log.filter((entry) => since === undefined || Date.parse(entry.at) >= since);
  let printed = container.log.length;
  yield* query.tail === undefined ? wanted : wanted.slice(wanted.length - Math.min(query.tail, wanted.length));
  if (!query.follow || container.state !== "running") return;
  yield* pushed<FakeContainer["log"][number]>(signal, (push, end) => {
    const listener = (event: RuntimeEvent): void => {
      for (const entry of container.log.slice(printed)) push(entry);
      printed = container.log.length;
      if (event.kind === "died" && event.containerId === container.id) end();
    };
    world.listeners.add(listener);
    return () => world.listeners.delete(listener);
  });
}

export function execInFake(container: FakeContainer, request: ExecRequest, signal: AbortSignal): ExecSession {
  signal.throwIfAborted();
  const { spec } = container;
  if (container.state !== "running" || spec === undefined) {
    throw new RuntimeError("conflict", `container ${container.name} is not running`);
  }
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const run = container.behaviour.exec;
  const exited = (async () => {
    // Only a command that is scripted reads its input to the end.
    const input = run === undefined ? "" : await text(stdin);
    const outcome = run?.({ command: request.command, input, spec }) ?? { exitCode: 0 };
    stdout.end(outcome.stdout ?? "");
    stderr.end(outcome.stderr ?? "");
    return outcome.exitCode;
  })();
  return { stdin, stdout, stderr, resize: () => Promise.resolve(), exited };
}
