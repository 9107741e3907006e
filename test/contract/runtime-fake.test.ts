import { runtimeContract } from "./runtime/contract.ts";
import { fakeWorld } from "./runtime/fake-world.ts";

runtimeContract("in memory", fakeWorld);
