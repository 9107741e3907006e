import type { DeployedOptions } from "../commands/options.ts";
import { observe } from "../deployed/observe.ts";
import { readDeployed } from "../deployed/open.ts";
import { exitCodes } from "../exit-codes.ts";
import { deployedTarget } from "../project/target.ts";
import { statusJson, statusLines } from "../render/status.ts";
import type { Handler } from "../run.ts";

export const status: Handler<DeployedOptions> = async (context, options) => {
  const found = await readDeployed(context, await deployedTarget(context, options));
  if (found === undefined) {
    if (context.json) context.printJson({ deployed: false, hosts: [], apps: [], resources: [] });
    else context.print("Nothing is deployed.", context.style.commands("Next: stackhouse up"));
    return exitCodes.ok;
  }
  const { title, deployed } = found;
  const view = { title, resources: deployed.resources, ...(await observe(context, deployed)) };
  if (context.json) context.printJson(statusJson(view));
  else context.print(...statusLines(view, context.style));
  return exitCodes.ok;
};
