import type { Clock } from "../../../modules/base/clock.ts";
import { RuntimeError } from "../errors.ts";
import { assignPorts } from "./ports.ts";
import { announce, type FakeContainer, type FakeWorld } from "./world.ts";

/** Starts a container: ports, log lines, then what its behaviour makes it do by itself. */
export function startFake(world: FakeWorld, container: FakeContainer, clock: Clock): void {
  const { behaviour, spec } = container;
  if (behaviour.startError !== undefined) {
    container.exitCode = 127;
    container.error = behaviour.startError;
    throw new RuntimeError("start-failed", behaviour.startError);
  }
  const taken = [...world.containers.values()]
    .filter((other) => other.state === "running" && other !== container)
    .flatMap((other) => other.ports);
  container.ports = assignPorts(spec?.definition.ports ?? [], taken);
  container.state = "running";
  container.exitCode = undefined;
  container.error = undefined;
  container.startedAt = timestamp(clock);
  container.life = new AbortController();
  container.health = hasHealthcheck(container) ? "starting" : "none";
  for (const { stream, line } of behaviour.prints ?? [])
    container.log.push({ stream, line, at: lineTime(world, clock) });
  announce(world, container, "started");
  if (container.health === "starting")
    after(clock, container, behaviour.health?.afterMs, () => probe(world, container));
  const exit = behaviour.exit;
  if (exit !== undefined) after(clock, container, exit.afterMs, () => endFake(world, container, exit.code));

  function probe(inWorld: FakeWorld, probed: FakeContainer): void {
    probed.health = behaviour.health?.state ?? "healthy";
    const exitCode = probed.health === "healthy" ? 0 : 1;
    probed.probes = [...probed.probes, { exitCode, output: behaviour.health?.output ?? "", at: timestamp(clock) }];
    announce(inWorld, probed, "health");
  }
}

/** The container's program ends. A restart policy turns that into a crash loop. */
export function endFake(world: FakeWorld, container: FakeContainer, exitCode: number): void {
  if (container.state !== "running" && container.state !== "paused") return;
  container.life.abort();
  container.exitCode = exitCode;
  container.state = restarts(container, exitCode) ? "restarting" : "exited";
  container.health = hasHealthcheck(container) ? "unhealthy" : "none";
  container.ports = [];
  announce(world, container, "died");
}

/** Stops a container as a person or the engine does: it stays down. */
export function stopFake(world: FakeWorld, container: FakeContainer): void {
  if (container.state === "restarting") container.state = "exited";
  if (container.state !== "running" && container.state !== "paused") return;
  endFake(world, container, 143);
  container.state = "exited";
}

function after(clock: Clock, container: FakeContainer, ms: number | undefined, act: () => void): void {
  const { signal } = container.life;
  clock.sleep(ms ?? 0, signal).then(
    () => {
      if (!signal.aborted) act();
    },
    () => undefined, // It was stopped before.
  );
}

function hasHealthcheck(container: FakeContainer): boolean {
  const check = container.spec?.definition.healthcheck;
  return check?.test !== undefined && check.disable !== true && check.test[0] !== "NONE";
}

function restarts(container: FakeContainer, exitCode: number): boolean {
  const policy = container.spec?.definition.restart ?? "no";
  return policy === "always" || policy === "unless-stopped" || (policy.startsWith("on-failure") && exitCode !== 0);
}

/** To the nanosecond, as engines have it: no two lines have the same, however fast the machine is. */
function lineTime(world: FakeWorld, clock: Clock): string {
  world.lines += 1;
  return timestamp(clock).replace("Z", `${String(world.lines % 1_000_000).padStart(6, "0")}Z`);
}

export function timestamp(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
