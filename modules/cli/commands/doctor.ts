import { Command, Option } from "commander";
import type { Attach } from "../run.ts";
import { withCommonOptions, withExamples, withJson } from "./options.ts";

export interface DoctorOptions {
  readonly host: "local" | "ssh";
}

export function doctorCommand(attach: Attach): Command {
  const command = new Command("doctor")
    .description("check what this machine needs, and say how to fix what is wrong")
    .addOption(
      new Option("--host <kind>", "check for VMs on this machine, or only for machines that exist")
        .choices(["local", "ssh"])
        .default("local"),
    );
  withExamples(withCommonOptions(withJson(command)), [
    ["stackhouse doctor", "everything that local VMs need"],
    ["stackhouse doctor --host ssh", "what machines elsewhere need of this one"],
  ]);
  return attach<DoctorOptions>(command, async () => (await import("../actions/doctor.ts")).doctor);
}
