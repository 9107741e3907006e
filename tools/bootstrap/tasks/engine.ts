// Finds or makes the Pulumi engine.
import { ensureEngine } from "../../../modules/engine/index.ts";
import { task } from "./task.ts";

await task(async (ports) => {
  const { version, source, binDir } = await ensureEngine(ports);
  return { version, source, binDir };
});
