import * as pulumi from "@pulumi/pulumi";
import { fromProject } from "./project-folder.ts";

/**
 * Makes container images from Debian packages after a recipe file, and gives the path of their archive for `imageArchives`.
 * Needs no registry and no container engine; built once, then taken from the cache. The recipe's keys are in
 * `modules/container-images/recipe.ts`, an example in `templates/quickstart/images.yaml`.
 *
 * @param recipe Path of the recipe, relative to the folder of `Pulumi.yaml`.
 * @example new App("shop", { host, files: "compose.yaml", imageArchives: [debianImages("images.yaml")] });
 */
export async function debianImages(recipe: string): Promise<string> {
  // Programs whose images come from a registry do not load what makes some.
  const { ensureContainerImages, homeFrom, systemClock, systemRunner } = await import("./image-maker.ts");
  return ensureContainerImages(fromProject(recipe), {
    home: homeFrom(process.env),
    runner: systemRunner,
    clock: systemClock,
    env: process.env,
    // The program's end ends the build.
    signal: new AbortController().signal,
    progress: {
      status: (text) => void pulumi.log.info(text, undefined, undefined, true),
      info: (text) => void pulumi.log.info(text),
      warn: (text) => void pulumi.log.warn(text),
    },
  });
}
