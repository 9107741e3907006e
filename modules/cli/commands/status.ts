import { Command } from "commander";
import type { Attach } from "../run.ts";
import { withCommonOptions, withDeployedOptions, withExamples, withJson, type DeployedOptions } from "./options.ts";

export function statusCommand(attach: Attach): Command {
  const command = withDeployedOptions(new Command("status")).description(
    "show what is deployed, how it is and where to reach it; changes nothing",
  );
  withExamples(withCommonOptions(withJson(command)), [
    ["stackhouse status", "hosts, services and their URLs"],
    ["stackhouse status -s prod", "of the Pulumi stack prod"],
    ["stackhouse status --json | jq .apps", "for a script"],
  ]);
  return attach<DeployedOptions>(command, async () => (await import("../actions/status.ts")).status);
}
