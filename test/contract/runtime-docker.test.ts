import { jest } from "@jest/globals";
import { whyNoEngine } from "../support/docker.ts";
import { notRun } from "../support/not-run.ts";
import { runtimeContract } from "./runtime/contract.ts";
import { dockerWorld } from "./runtime/docker-world.ts";

jest.setTimeout(60_000);

const reason = await whyNoEngine();
if (reason === undefined) runtimeContract("Docker Engine", dockerWorld);
else notRun("runtime: Docker Engine", reason);
