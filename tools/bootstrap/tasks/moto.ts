// Finds or installs moto, the emulated EC2 that tests use.
import { ensureMoto } from "../../../test/support/clouds/moto-install.ts";
import { task } from "./task.ts";

await task(async ({ home, runner, signal, progress }) => {
  progress.status("pip install");
  return ensureMoto(home, runner, signal);
});
