// Finds or makes what machines of emulated clouds boot from, for tests.
import { ensureMachineImage } from "../../../test/support/clouds/machines/image.ts";
import { task } from "./task.ts";

await task(ensureMachineImage);
