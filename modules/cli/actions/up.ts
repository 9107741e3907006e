import type { UpOptions } from "../commands/up.ts";
import type { CommandContext } from "../context.ts";
import { appsIn } from "../deployed/state.ts";
import { exitCodes } from "../exit-codes.ts";
import { openStack } from "../project/open.ts";
import { titleOf } from "../project/target.ts";
import { wantedProject } from "../project/wanted.ts";
import { watchPreview, watchRun } from "../project/watch.ts";
import { planLines } from "../render/plan.ts";
import { runJson } from "../render/run-json.ts";
import { upLines, type UpSummary } from "../render/summary.ts";
import type { Handler } from "../run.ts";
import { confirm, refuseUnasked } from "../terminal/confirm.ts";
import { withDisplay } from "../terminal/display.ts";

export const up: Handler<UpOptions> = async (context, options) => {
  const isAsking = options.yes !== true;
  if (isAsking) refuseUnasked(context, "up");
  const { target, warnings, remember, run } = await wantedProject(context, options);
  context.note(...warnings);

  const stack = await withDisplay(context, (display) => openStack(context, target, display));
  if (isAsking) {
    const planned = await run(() => withDisplay(context, (display) => watchPreview(context, display, stack)));
    context.print(...planLines(titleOf(stack), planned.view, context.style));
    if (planned.changed && !(await confirm(context, "Do this?"))) {
      context.print("Nothing was done.");
      return exitCodes.cancelled;
    }
  }
  await remember();
  const { result, view } = await run(() =>
    withDisplay(context, (display) => watchRun(context, display, (call) => stack.up(call))),
  );
  const summary: UpSummary = {
    view,
    changed: result.changed,
    ms: context.clock.now() - context.startedAt,
    apps: appsIn(view),
    outputs: result.outputs,
  };
  show(context, titleOf(stack), summary);
  return exitCodes.ok;
};

function show(context: CommandContext, title: string, summary: UpSummary): void {
  if (!context.json) {
    context.print("", ...upLines(summary, context.style));
    return;
  }
  const { view, changed, apps, outputs } = summary;
  context.printJson({
    stack: title,
    changed,
    ...runJson(view),
    apps: apps.map(({ name, resource, release, services }) => ({ name, resource, release, services })),
    outputs,
  });
}
