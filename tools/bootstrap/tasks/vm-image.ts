// Makes the container images of the quickstart app, the disk that its VM starts from, with them and the host agent on it, and the
// template that the VM is a clone of.
import { createQemuDriver } from "../../../modules/hypervisors/qemu/index.ts";
import { quickstartKind } from "./quickstart-kind.ts";
import { task } from "./task.ts";

await task(async (ports) => {
  const kind = await quickstartKind(ports);
  await createQemuDriver(ports).prepare(kind, ports);
  return { key: kind.bakedImage };
});
