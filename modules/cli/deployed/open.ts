import { StackhouseError } from "../../base/errors.ts";
import type { DeployedOptions } from "../commands/options.ts";
import type { CommandContext } from "../context.ts";
import { stateOf } from "../project/open.ts";
import { deployedTarget, type Target } from "../project/target.ts";
import { decodeState, type Deployed } from "./state.ts";

/** What is deployed from here, and the name of its Pulumi stack. */
export interface OpenedDeployed {
  readonly title: string;
  readonly deployed: Deployed;
}

/** Reads what a Pulumi stack has deployed; undefined where nothing is. */
export async function readDeployed(
  context: CommandContext,
  target: Target | undefined,
): Promise<OpenedDeployed | undefined> {
  if (target === undefined) return undefined;
  const state = await stateOf(context, target);
  if (state === undefined) return undefined;
  const deployed = decodeState(state.exported);
  return deployed.resources.length === 0 ? undefined : { title: `${state.project}/${target.stackName}`, deployed };
}

/**
 * What is deployed from here, for commands that need something to be there.
 *
 * @throws `app.not-found`
 */
export async function requireDeployed(context: CommandContext, options: DeployedOptions): Promise<Deployed> {
  const opened = await readDeployed(context, await deployedTarget(context, options));
  if (opened !== undefined) return opened.deployed;
  throw new StackhouseError("app.not-found", `nothing is deployed from here in the Pulumi stack ${options.stack}`, {
    hint: "stackhouse up deploys; -s NAME chooses another Pulumi stack",
  });
}
