import type { PreviewOptions } from "../commands/preview.ts";
import { exitCodes } from "../exit-codes.ts";
import { openStack } from "../project/open.ts";
import { titleOf } from "../project/target.ts";
import { wantedProject } from "../project/wanted.ts";
import { watchPreview } from "../project/watch.ts";
import { planLines } from "../render/plan.ts";
import { runJson } from "../render/run-json.ts";
import type { Handler } from "../run.ts";
import { withDisplay } from "../terminal/display.ts";

export const preview: Handler<PreviewOptions> = async (context, options) => {
  const { target, warnings, run } = await wantedProject(context, options);
  context.note(...warnings);
  const { title, changed, view } = await run(() =>
    withDisplay(context, async (display) => {
      const stack = await openStack(context, target, display);
      return { title: titleOf(stack), ...(await watchPreview(context, display, stack)) };
    }),
  );
  if (context.json) context.printJson({ stack: title, changed, ...runJson(view) });
  else
    context.print(
      ...planLines(title, view, context.style),
      ...(changed ? ["", context.style.commands("Next: stackhouse up")] : []),
    );
  return options.expectNoChanges === true && changed ? exitCodes.changes : exitCodes.ok;
};
