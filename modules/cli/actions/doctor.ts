import { systemRunner } from "../../system/exec.ts";
import type { DoctorOptions } from "../commands/doctor.ts";
import { checks } from "../doctor/checks.ts";
import { examine } from "../doctor/examine.ts";
import { exitCodes } from "../exit-codes.ts";
import { doctorLines } from "../render/doctor.ts";
import type { Handler } from "../run.ts";

export const doctor: Handler<DoctorOptions> = async (context, { host }) => {
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
};
