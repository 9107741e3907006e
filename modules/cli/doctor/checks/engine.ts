import type { Check } from "../check.ts";

export const engine: Check = {
  name: "engine",
  neededFor: "everything",
  async look({ home, env, clock, signal }) {
    const { findEngine, findGo } = await import("../../../engine/index.ts");
    const finding = await findEngine({ home, env, clock, signal });
    if (finding.kind === "found") return { status: "passed", found: finding.reason };
    const hasGo = (await findGo(env)) !== undefined;
    const fix = hasGo
      ? "nothing to do: the first stackhouse up installs it"
      : "install Pulumi (https://www.pulumi.com/docs/install/), or Go so that it can be built";
    return { status: "warning", found: finding.reason, fix };
  },
};
