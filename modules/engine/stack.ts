import { AsyncLocalStorage } from "node:async_hooks";
import { answered } from "./answer.ts";
import type { RunControl } from "./command.ts";
import { runError } from "./failures.ts";
import { mayGoOn } from "./going-on.ts";
import { isStored } from "./own-backend.ts";
import { projectName } from "./project-name.ts";
import { emptyRun, stackOutputs } from "./rows.ts";
import type { RunView } from "./run-view.ts";
import { operate, operateAlone, ownStackOf, pulumi, type SdkOptions, type Session } from "./session.ts";
import { settingsFor } from "./settings.ts";
import type { Changes, PulumiStack, PulumiStackOptions } from "./types.ts";
import { openWorkspace } from "./workspace.ts";

/**
 * Opens a Pulumi stack, and makes it when it is not there. State goes where the user's settings say, else into our own file
 * backend. Runs that change the stack follow each other; what a killed run left behind is settled by the next one. A run goes on with what
 * does not depend on a resource that failed, where that is safe, and fails at its end.
 *
 * Runs fail with `engine.failed` (the errors of the resources as details), `lock.held` or `cancelled`.
 */
export async function openPulumiStack(options: PulumiStackOptions): Promise<PulumiStack> {
  const session = await openSession(options);
  const { stack } = session;
  return {
    name: options.stackName,
    project: session.project,
    backend: session.settings.backend,
    preview: async (call) => changes(await operate(session, "preview", call, (sdk) => stack.preview(sdk))),
    async up(call) {
      const continueOnError = await mayGoOn(options.project);
      const view = await operateAlone(session, "up", call, (sdk) => stack.up({ ...sdk, continueOnError }));
      return { ...changes(view), outputs: stackOutputs(view) };
    },
    refresh: async (call) =>
      changes(
        call.mode === "preview"
          ? await operate(session, "refresh", call, (sdk) => stack.previewRefresh(sdk))
          : await operateAlone(session, "refresh", call, (sdk) => stack.refresh(sdk)),
      ),
    async destroy(call) {
      const remove = call.stack === "remove";
      // What others depend on stays with those that could not be deleted.
      const work = (sdk: SdkOptions): Promise<unknown> => stack.destroy({ ...sdk, remove, continueOnError: true });
      await operateAlone(session, "destroy", call, work);
    },
    async export(secrets) {
      const shown = secrets === "plain" ? ["--show-secrets"] : [];
      return JSON.parse(await pulumi(session, ["stack", "export", ...shown], options.signal)) as unknown;
    },
  };
}

function changes({ summary }: RunView): Changes {
  return { counts: summary?.counts ?? {}, changed: summary?.changed ?? false };
}

async function openSession(options: PulumiStackOptions): Promise<Session> {
  const project = await projectName(options.project);
  const settings = await settingsFor(options);
  const controls = new AsyncLocalStorage<RunControl>();
  // The SDK selects a stack to see whether it is there. Only our own backend can be asked without the engine.
  const own = ownStackOf({ options, settings, project });
  const isThere = own !== undefined && (await isStored(own));
  const answers = isThere ? { "stack select": "" } : {};
  const control: RunControl = { env: settings.env, signal: options.signal, answers };
  try {
    const stack = await answered("opening the Pulumi stack", options.clock, (killSignal) =>
      controls.run({ ...control, killSignal }, () => openWorkspace(options, settings, controls)),
    );
    return { options, project, settings, controls, stack };
  } catch (error) {
    throw runError(error, { operation: "opening the Pulumi stack", view: emptyRun, call: options });
  }
}
