import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createDockerRuntime } from "./runtime/docker/runtime.ts";
import { createFakeRuntime } from "./runtime/fake/runtime.ts";
import { systemClock } from "./clock.ts";
import { StackhouseError, isStackhouseError, messageOf } from "../modules/base/errors.ts";
import { agentPaths } from "../modules/protocol/api.ts";
import { agentExitCodes } from "../modules/protocol/slots.ts";
import { runtimeFilesDirectory, startAgent, type Agent } from "./agent.ts";
import { createBirth } from "./birth.ts";
import { fileDigest, hostFacts } from "./facts.ts";
import { createLogger } from "./logging/logger.ts";
import { rehearse } from "./rehearse.ts";
import type { Runtime } from "./runtime/port.ts";
import { readSettings, type Settings } from "./settings.ts";
import { runningSlot, type RunningSlot } from "./update/slots.ts";
import { keepWatched } from "./watchdog.ts";

// The composition root: the only file that knows what is behind each port.
const logger = createLogger();

const leaving = new AbortController();

/** In the folder of the socket. `templates/guest/rootfs/opt/stackhouse/lib/read-ahead` waits for it. */
const rehearsedMark = "rehearsed";

function createRuntime(settings: Settings): Runtime {
  switch (settings.runtime) {
    case "docker":
      return createDockerRuntime({
        socketPath: settings["docker-socket"],
        filesDirectory: runtimeFilesDirectory(settings.state),
        clock: systemClock,
      });
    case "fake":
      return createFakeRuntime({ clock: systemClock });
  }
}

async function main(): Promise<void> {
  process.umask(0o077);
  const settings = readSettings(process.argv.slice(2), process.env);
  const slot = runningSlot(settings.install, settings.slot);
  void keepWatched({
    ...{ env: process.env, deadlineMs: settings.watchdog, clock: systemClock },
    ...{ logger, signal: leaving.signal },
  });
  const templateMark = settings["template-mark"];
  const birth = createBirth(templateMark);
  await birth();
  // Heard before it serves: whoever has an answer may ask it to leave.
  const asked = askedToLeave();
  const agent = await startAgent(
    { runtime: createRuntime(settings), slot, clock: systemClock, logger },
    {
      socket: settings.socket,
      stateDirectory: settings.state,
      identity: {
        version: process.env.STACKHOUSE_VERSION ?? "source",
        bundleDigest: await fileDigest(process.argv[1] ?? ""),
        facts: await hostFacts(),
      },
      birth,
    },
  );
  void asked.then(() => leave(agent, 0));
  leaveUnlessConfirmed(agent, slot, settings["confirm-deadline"]);
  if (existsSync(templateMark)) await prepareForClones(settings);
}

async function askedToLeave(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
}

/** Says to the guest, when it is done, that its template may be saved. */
async function prepareForClones({ socket }: Settings): Promise<void> {
  const folder = dirname(socket);
  try {
    await rehearse(join(folder, agentPaths.streams), systemClock, leaving.signal);
    await writeFile(join(folder, rehearsedMark), "");
  } catch (error) {
    logger.warn({ error: messageOf(error) }, "clones of this template will be slower to answer");
  }
}

/** A slot that nobody confirms in time is left: systemd then starts the one that was confirmed before. */
function leaveUnlessConfirmed(agent: Agent, slot: RunningSlot, deadlineMs: number): void {
  const check = async (): Promise<void> => {
    if (await slot.isConfirmed()) return;
    logger.error({ slot: slot.slot, deadlineMs }, "not confirmed in time: leaving for the confirmed slot");
    await leave(agent, agentExitCodes.unconfirmed);
  };
  setTimeout(() => void check(), deadlineMs).unref();
}

async function leave(agent: Agent, code: number): Promise<void> {
  leaving.abort();
  try {
    await agent.stop();
  } finally {
    process.exit(code);
  }
}

process.on("unhandledRejection", (error) => {
  logger.error({ error: messageOf(error) }, "a promise failed that nobody waits for");
});

main().catch((error: unknown) => {
  const known = isStackhouseError(error) ? error : new StackhouseError("internal", messageOf(error), { cause: error });
  logger.error({ code: known.code, details: known.details, hint: known.hint }, known.message);
  const unusable = known.code === "input.invalid";
  process.exit(unusable ? agentExitCodes.unusable : 1);
});
