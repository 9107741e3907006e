// Builds container images in a process of its own. Argument: the recipe.
import { silentProgress } from "../../modules/base/progress.ts";
import { ensureContainerImages } from "../../modules/container-images/index.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { systemRunner } from "../../modules/system/exec.ts";
import { homeFrom } from "../../modules/system/home.ts";

await ensureContainerImages(process.argv[2] ?? "", {
  home: homeFrom(process.env),
  runner: systemRunner,
  clock: systemClock,
  env: process.env,
  progress: silentProgress,
  signal: new AbortController().signal,
});
