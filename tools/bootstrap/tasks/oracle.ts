// Finds or builds docker compose, the oracle of the tests of stack files.
import { ensureOracle } from "../../oracle/install.ts";
import { task } from "./task.ts";

await task(ensureOracle);
