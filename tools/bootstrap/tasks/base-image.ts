// Finds or makes the base image of local VMs.
import { ensureBaseImage } from "../../../modules/images/index.ts";
import { task } from "./task.ts";

await task(async (ports) => {
  const { key } = await ensureBaseImage(ports, ports);
  return { key };
});
