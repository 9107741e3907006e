import { Command } from "commander";
import type { Attach, Handler } from "../run.ts";
import { positiveInteger, withCommonOptions, withExamples, withJson, withYes, wholeNumber } from "./options.ts";

export interface StopOptions {
  readonly grace: number;
}

export interface ConsoleOptions {
  readonly lines: number;
}

export interface FillOptions {
  readonly after?: number;
}

export interface RemoveOptions {
  readonly yes?: boolean;
}

/** The local VMs of this workstation, whatever project made them: by their names, without Pulumi. */
export function hostCommand(attach: Attach): Command {
  const host = new Command("host")
    .enablePositionalOptions()
    .description("look at the local VMs of this workstation, and switch them");
  const add = <Options>(command: Command, load: () => Promise<Handler<Options>>): void => {
    host.addCommand(attach<Options>(withCommonOptions(withJson(command)), load));
  };
  const actions = () => import("../actions/host.ts");

  add<object>(
    new Command("list").alias("ls").description("all VMs, with their state"),
    async () => (await actions()).list,
  );
  add<object>(
    named("start", "start a VM; one that was paused goes on where it was"),
    async () => (await actions()).start,
  );
  add<StopOptions>(
    named("stop", "shut a VM down by its power button").option(
      "--grace <seconds>",
      "how long it may take before it is switched off",
      wholeNumber,
      30,
    ),
    async () => (await actions()).stop,
  );
  add<object>(
    named(
      "pause",
      "save a VM with its memory to the disk and end its process; what runs in it goes on at its next start",
    ),
    async () => (await actions()).pause,
  );
  add<object>(named("resume", "let a paused VM go on"), async () => (await actions()).resume);
  add<ConsoleOptions>(
    named("console", "show what a VM wrote on its serial console").option(
      "-n, --lines <number>",
      "last lines only",
      positiveInteger,
      40,
    ),
    async () => (await actions()).showConsole,
  );
  add<RemoveOptions>(
    withYes(named("rm", "remove a VM with its disk; the next up of its project makes it anew")),
    async () => (await actions()).remove,
  );
  add<FillOptions>(
    new Command("fill")
      .description(
        "make the clones that VMs ask for, which wait for the next one; up does so by itself when it is over",
      )
      .option("--after <pid>", "when this process has ended", positiveInteger),
    async () => (await actions()).fill,
  );
  const ssh = named("ssh", "log in to a VM, or run a command there; its exit code becomes ours")
    .argument("[command...]", "one argument is a line for the VM's shell; several are a program and its arguments")
    .passThroughOptions();
  host.addCommand(attach<object>(withCommonOptions(ssh), async () => (await actions()).ssh));
  host.helpCommand(false);
  return withExamples(host, [
    ["stackhouse host list", "all VMs, with their state"],
    ["stackhouse host pause shop-dev-host", "free its memory, and keep what runs"],
    ["stackhouse host start shop-dev-host", "let it go on, or boot it"],
    ["stackhouse host console shop-dev-host", "what it wrote while it booted"],
  ]);
}

function named(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument("<vm>", "name of the VM, as `stackhouse host list` shows it");
}
