import { emptyRun } from "../../engine/rows.ts";
import type { RunView } from "../../engine/run-view.ts";
import type { DestroyOptions } from "../commands/destroy.ts";
import type { CommandContext } from "../context.ts";
import { readDeployed } from "../deployed/open.ts";
import { refuseProtected } from "../deployed/protected.ts";
import { exitCodes } from "../exit-codes.ts";
import { isNeverDeployed, openStack, prepareEngine } from "../project/open.ts";
import { removeSettings } from "../project/remembered.ts";
import { deployedTarget, type Target } from "../project/target.ts";
import { watchRun } from "../project/watch.ts";
import { destroyedLines, destroyPlanLines } from "../render/destroy.ts";
import { runJson } from "../render/run-json.ts";
import type { Handler } from "../run.ts";
import { confirm, refuseUnasked } from "../terminal/confirm.ts";
import { withDisplay } from "../terminal/display.ts";

export const destroy: Handler<DestroyOptions> = async (context, options) => {
  if (options.yes !== true) refuseUnasked(context, "destroy");
  const target = await deployedTarget(context, options);
  if (target === undefined) return nothingDeployed(context);
  if (await isNeverDeployed(context, target)) {
    await forget(context, target);
    return nothingDeployed(context);
  }
  await withDisplay(context, (display) => prepareEngine(context, display));
  const found = await readDeployed(context, target);
  if (found === undefined) {
    // Left of an `up` that made nothing: it would keep its name from others.
    if (target.builtin !== undefined) await takeAway(context, target);
    return nothingDeployed(context);
  }

  refuseProtected(found, options.stack);
  if (!context.json) context.print(...destroyPlanLines(found.title, found.deployed, context.style));
  if (options.yes !== true && !(await confirm(context, "Take it away?"))) {
    context.print("Nothing was done.");
    return exitCodes.cancelled;
  }
  const view = await takeAway(context, target);
  if (context.json) context.printJson({ stack: found.title, changed: true, ...runJson(view) });
  else context.print("", ...destroyedLines(view, context.clock.now() - context.startedAt, context.style));
  return exitCodes.ok;
};

async function takeAway(context: CommandContext, target: Target): Promise<RunView> {
  const { view } = await withDisplay(context, async (display) => {
    const stack = await openStack(context, target, display);
    return watchRun(context, display, (call) =>
      // What the built-in program would leave of its Pulumi stack is nobody's.
      stack.destroy({ ...call, stack: target.builtin === undefined ? "keep" : "remove" }),
    );
  });
  await forget(context, target);
  return view;
}

/** A user's program remembers itself. */
async function forget({ home }: CommandContext, { builtin }: Target): Promise<void> {
  if (builtin !== undefined) await removeSettings(home, builtin);
}

function nothingDeployed(context: CommandContext): number {
  if (context.json) context.printJson({ changed: false, ...runJson(emptyRun) });
  else context.print("Nothing is deployed.");
  return exitCodes.ok;
}
