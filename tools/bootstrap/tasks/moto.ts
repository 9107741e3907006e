// Finds or installs moto, the emulated EC2 that tests use.
import { ensureMoto } from "../../../test/support/clouds/moto-install.ts";
import { task } from "./task.ts";

await task((ports) => {
  ports.progress.status("pip install");
  return ensureMoto(ports);
});
