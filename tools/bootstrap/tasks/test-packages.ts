// Debian packages that only tests need.
import { testPackages } from "../../../test/support/packages.ts";
import { task } from "./task.ts";

await task(() => Promise.resolve(testPackages));
