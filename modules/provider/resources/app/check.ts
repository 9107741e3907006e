import type { Driver } from "../../../hypervisors/driver.ts";
import type { Call, Checked, CheckFailure } from "../../kit/resource.ts";
import type { Properties } from "../../kit/values.ts";
import { exposureSchema, type AppInputs } from "../schema.ts";
import { digestArchives } from "./archives.ts";
import { ownersOf, takenPorts } from "./port-check.ts";
import { loadApp } from "./source.ts";

const defaults = {
  exposure: { via: "host" },
  profiles: [],
  variables: {},
  secrets: {},
  registries: {},
  imageArchives: [],
  deleteVolumes: [],
} as const;

/** Loads the stack file and says what is wrong with it or with this workstation, before anything is made. */
export async function checkApp(
  driver: Driver,
  news: Properties,
  previous: Partial<AppInputs>,
  call: Call,
): Promise<Checked> {
  const inputs: Properties = { ...defaults, ...given(news) };
  const refuse = (failures: readonly CheckFailure[]): Checked => ({ inputs, failures });
  if ("files" in inputs === "inline" in inputs) {
    return refuse([{ property: "files", reason: "give either files or inline" }]);
  }
  const loaded = loadApp(inputs, call);
  if (!loaded.ok) return refuse(loaded.failures);
  const { model, warnings, computed } = loaded.app;
  for (const warning of warnings) call.progress.warn(warning);

  const archives = await digestArchives(inputs["imageArchives"], call.signal);
  if (!archives.ok) return refuse(archives.failures);
  const checked: Properties = { ...inputs, ...computed, archives: archives.digests };

  const exposure = exposureSchema.safeParse(inputs["exposure"]);
  if (model === undefined || !exposure.success || exposure.data.via === "host") {
    return { inputs: checked, failures: [] };
  }
  const name = typeof computed.name === "string" ? { name: computed.name } : {};
  const own = ownersOf({ exposure: exposure.data, ...name }, previous);
  return { inputs: checked, failures: await takenPorts(driver, model, own, call) };
}

/** Arguments that were given: an explicit `null` or `undefined` is none. */
function given(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined && value !== null));
}
