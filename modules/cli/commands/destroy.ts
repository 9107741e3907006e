import { Command } from "commander";
import type { Attach } from "../run.ts";
import {
  withCommonOptions,
  withDeployedOptions,
  withExamples,
  withJson,
  withYes,
  type DeployedOptions,
} from "./options.ts";

export interface DestroyOptions extends DeployedOptions {
  readonly yes?: boolean;
}

export function destroyCommand(attach: Attach): Command {
  const command = withYes(withDeployedOptions(new Command("destroy"))).description(
    "take away what up made; asks first and says what stays",
  );
  withExamples(withCommonOptions(withJson(command)), [
    ["stackhouse destroy", "show what goes, ask, do it"],
    ["stackhouse destroy --yes -s test", "without asking, the Pulumi stack test"],
  ]);
  return attach<DestroyOptions>(command, async () => (await import("../actions/destroy.ts")).destroy);
}
