import { Command } from "commander";
import type { Attach } from "../run.ts";
import { withExamples, withRunOptions, withYes, type RunOptions } from "./options.ts";

export interface UpOptions extends RunOptions {
  readonly yes?: boolean;
}

export function upCommand(attach: Attach): Command {
  const command = withYes(new Command("up")).description(
    "make the host and the app as they are wanted, after showing the plan",
  );
  withExamples(withRunOptions(command), [
    ["stackhouse up", "show the plan, ask, do it"],
    ["stackhouse up --yes", "do it without asking"],
    ["stackhouse up --cpus 2 --memory 2048", "on a larger VM on this machine"],
    ["stackhouse up --host ssh --address 192.0.2.7 --host-key 'ssh-ed25519 AAAA…'", "on a machine that exists"],
  ]);
  return attach<UpOptions>(command, async () => (await import("../actions/up.ts")).up);
}
