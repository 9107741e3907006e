// `npm run bench -- NAME [arguments]`: runs a benchmark of tools/bench; without a name it lists them.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "./bootstrap/children.mjs";
import { StepFailure } from "./bootstrap/failure.mjs";
import { node24, node24Environment, root } from "./bootstrap/paths.mjs";
import { dependencies, built } from "./bootstrap/setup.mjs";
import { main, print } from "./bootstrap/steps.mjs";

const [name, ...args] = process.argv.slice(2);
const folder = join(root, "tools", "bench");
const names = readdirSync(folder)
  .map((file) => file.replace(/\.ts$/, ""))
  .filter((file) => file !== "table");

await main(async () => {
  const file = join(folder, `${name}.ts`);
  if (name === undefined || !existsSync(file)) throw new StepFailure(`give one of: ${names.join(", ")}`);
  await dependencies();
  await built();
  print("");
  const flags = ["--disable-warning=ExperimentalWarning"];
  return run(node24(), [...flags, file, ...args], { cwd: root, env: node24Environment(), output: "inherit" });
});
