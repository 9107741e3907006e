import { messageOf } from "../../base/errors.ts";
import type { Check, CheckResult, Machine } from "./check.ts";

/** Looks at everything at once; a check that breaks is a finding of its own. Results keep the order of the checks. */
export async function examine(checks: readonly Check[], machine: Machine): Promise<readonly CheckResult[]> {
  return Promise.all(
    checks.map(async (check) => {
      const { name } = check;
      try {
        return { name, ...(await check.look(machine)) };
      } catch (error) {
        machine.signal.throwIfAborted();
        return {
          name,
          status: "failed" as const,
          found: `could not be checked: ${messageOf(error)}`,
          fix: "see the message; run the same with --verbose for more",
        };
      }
    }),
  );
}
