import { AsyncLocalStorage } from "node:async_hooks";
import type { OutputMap } from "@pulumi/pulumi/automation/index.js";
import type { RunControl } from "./command.ts";
import { countChanges } from "./events.ts";
import { runError } from "./failures.ts";
import { emptyRun } from "./rows.ts";
import { operate, operateAlone, pulumi, type Session } from "./session.ts";
import { settingsFor } from "./settings.ts";
import type { PulumiStack, PulumiStackOptions } from "./types.ts";
import { openWorkspace, projectName } from "./workspace.ts";

/**
 * Opens a Pulumi stack, and makes it when it is not there. State goes where the user's settings say, else into our own file
 * backend. Runs that change the stack follow each other; what a killed run left behind is settled by the next one.
 *
 * Runs fail with `engine.failed` (the errors of the resources as details), `lock.held` or `cancelled`.
 */
export async function openPulumiStack(options: PulumiStackOptions): Promise<PulumiStack> {
  const session = await openSession(options);
  const { stack } = session;
  const outputs = async (): Promise<OutputMap> => {
    const control: RunControl = { env: session.settings.env, signal: options.signal };
    return session.controls.run(control, () => stack.outputs());
  };
  return {
    name: options.stackName,
    project: session.project,
    backend: session.settings.backend,
    outputs,
    preview: (call) =>
      operate(session, "preview", call, async (sdk) => {
        const { changeSummary } = await stack.preview(sdk);
        return countChanges(changeSummary);
      }),
    up: (call) =>
      operateAlone(session, "up", call, async (sdk) => {
        const done = await stack.up(sdk);
        return { ...countChanges(done.summary.resourceChanges ?? {}), outputs: done.outputs };
      }),
    refresh: (call) => {
      if (call.mode === "preview") {
        return operate(session, "refresh", call, async (sdk) => {
          const { changeSummary } = await stack.previewRefresh(sdk);
          return countChanges(changeSummary);
        });
      }
      return operateAlone(session, "refresh", call, async (sdk) => {
        const done = await stack.refresh(sdk);
        return countChanges(done.summary.resourceChanges ?? {});
      });
    },
    destroy: (call) =>
      operateAlone(session, "destroy", call, async (sdk) => {
        await stack.destroy({ ...sdk, remove: call.stack === "remove" });
      }),
    async export(secrets) {
      const shown = secrets === "plain" ? ["--show-secrets"] : [];
      return JSON.parse(await pulumi(session, ["stack", "export", ...shown], options.signal)) as unknown;
    },
    async cancel() {
      await pulumi(session, ["cancel", "--yes"], options.signal);
    },
  };
}

async function openSession(options: PulumiStackOptions): Promise<Session> {
  const project = await projectName(options.project);
  const settings = await settingsFor(options);
  const controls = new AsyncLocalStorage<RunControl>();
  const control: RunControl = { env: settings.env, signal: options.signal };
  try {
    const stack = await controls.run(control, () => openWorkspace(options, settings, controls));
    return { options, project, settings, controls, stack };
  } catch (error) {
    throw runError(error, { operation: "opening the Pulumi stack", view: emptyRun, call: options });
  }
}
