import { Command, Option } from "commander";
import { exitCodes } from "../exit-codes.ts";
import type { Attach } from "../run.ts";
import { withCommonOptions, withExamples, withJson } from "./options.ts";

interface DoctorOptions {
  readonly host: "local" | "ssh";
}

export function doctorCommand(attach: Attach): Command {
  const command = withCommonOptions(withJson(new Command("doctor")))
    .description("check what this machine needs, and say how to fix what is wrong")
    .addOption(
      new Option("--host <kind>", "check for VMs on this machine, or only for machines that exist")
        .choices(["local", "ssh"])
        .default("local"),
    );
  withExamples(command, [
    ["stackhouse doctor", "everything that local VMs need"],
    ["stackhouse doctor --host ssh", "what machines elsewhere need of this one"],
  ]);
  return attach<DoctorOptions>(command, async (context, { host }) => {
    const [{ checks }, { examine }, { doctorLines }, { systemRunner }] = await Promise.all([
      import("../doctor/checks.ts"),
      import("../doctor/examine.ts"),
      import("../render/doctor.ts"),
      import("../../system/exec.ts"),
    ]);
    const results = await examine(
      checks.filter(({ neededFor }) => neededFor === "everything" || host === "local"),
      {
        home: context.home,
        env: context.io.env,
        runner: systemRunner,
        clock: context.clock,
        signal: context.interrupts.signal,
      },
    );
    const passed = results.every(({ status }) => status !== "failed");
    if (context.json) context.printJson({ passed, checks: results });
    else context.print(...doctorLines(results, context.style));
    return passed ? exitCodes.ok : exitCodes.failed;
  });
}
