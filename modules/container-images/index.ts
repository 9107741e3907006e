import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import type { Clock } from "../base/clock.ts";
import { allOrNone } from "../base/all-or-none.ts";
import { StackhouseError } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import { seconds } from "../base/wait.ts";
import type { Runner } from "../system/exec.ts";
import { markUsed, sweepDrafts, type CacheKind } from "../system/cache.ts";
import { readFileIfPresent } from "../system/files.ts";
import type { Home } from "../system/home.ts";
import { acquireLock } from "../system/lock.ts";
import { writeImageArchive } from "./archive.ts";
import { readExtraEntries } from "./extra-entries.ts";
import { commonEntries, listEntries, writeLayer } from "./layers.ts";
import { debianTools, makeScratch, requireTools } from "../images/index.ts";
import { recipeSchema, type Recipe } from "./recipe.ts";
import { buildRootFileSystem } from "./rootfs.ts";

/** Part of the cache key: raised when the same recipe would give another archive. */
const builderVersion = 2;

export interface ContainerImagePorts {
  readonly home: Home;
  readonly runner: Runner;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Makes container images from Debian packages after a recipe file, with no registry and no container engine, and gives the
 * path of their archive for `App`'s `imageArchives`. Built once for a recipe and the files that it names; package versions
 * are those of the day of the build.
 *
 * @throws `image.tool-missing`, `image.build-failed`, `lock.held`, `input.invalid` for the recipe
 *
 * @example imageArchives: [await ensureContainerImages("images.yaml", ports)]
 */
export async function ensureContainerImages(recipePath: string, ports: ContainerImagePorts): Promise<string> {
  const recipe = await readRecipe(recipePath);
  const folder = dirname(resolve(recipePath));
  const extras = Object.fromEntries(
    await Promise.all(
      Object.entries(recipe.images).map(
        async ([name, image]) => [name, await readExtraEntries(folder, image)] as const,
      ),
    ),
  );
  const key = createHash("sha256")
    .update(JSON.stringify([builderVersion, recipe, extras]))
    .digest("hex")
    .slice(0, 16);
  const kind = imageArchiveKind(ports.home);
  const name = `${key}.tar.zst`;
  const archive = join(kind.folder, name);
  if (await exists(archive)) {
    await markUsed(archive);
    return archive;
  }

  await mkdir(ports.home.cache.archives, { recursive: true });
  const lock = kind.lockOf(name);
  await using _lock = await acquireLock(lock, {
    ...ports,
    purpose: "building container images",
    deadlineMs: 15 * 60_000,
  });
  if (await exists(archive)) return archive;

  await requireTools("container images", debianTools(), ports.env);
  await sweepDrafts(kind, ports);
  await removeLeftovers(kind.folder, `.${key}-`);
  const work = await mkdtemp(join(kind.folder, `.${key}-`));
  try {
    await using scratch = await makeScratch(ports.home, { lock, beside: work });
    const finished = await build(recipe, extras, { work, scratch: scratch.path }, ports);
    await rename(finished, archive);
    return archive;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** What a killed build of the same archive left. */
async function removeLeftovers(folder: string, prefix: string): Promise<void> {
  for (const name of (await readdir(folder)).filter((found) => found.startsWith(prefix))) {
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Image archives in the cache, each made under a lock of its own. */
export function imageArchiveKind({ cache: { archives } }: Home) {
  return {
    what: "container images",
    folder: archives,
    isEntry: (name) => /^[0-9a-f]{16}\.tar\.zst$/u.test(name),
    draftOf: (name) => /^\.([0-9a-f]{16})-.{6}$/u.exec(name)?.[1]?.concat(".tar.zst"),
    lockOf: (name: string) => join(archives, `${name}.lock`),
  } satisfies CacheKind;
}

type Extras = Readonly<Record<string, Awaited<ReturnType<typeof readExtraEntries>>>>;

async function build(
  recipe: Recipe,
  extras: Extras,
  { work, scratch }: { readonly work: string; readonly scratch: string },
  ports: ContainerImagePorts,
): Promise<string> {
  const { runner, signal, clock, progress, env } = ports;
  const started = clock.now();
  const names = Object.keys(recipe.images);
  const tarOf = (name: string): string => join(work, `${name}.tar`);

  let built = 0;
  progress.status(`installing packages for ${names.join(", ")}`);
  await allOrNone(
    signal,
    Object.entries(recipe.images).map(([name, { packages }]) => async (together) => {
      const root = { suite: recipe.suite, packages, to: tarOf(name) };
      await buildRootFileSystem(root, { scratch, env, runner, signal: together });
      progress.status(`${++built} of ${names.length} root file systems, ${seconds(clock.now() - started)}`);
    }),
  );

  progress.status("splitting into layers");
  const common = commonEntries(await Promise.all(names.map((name) => listEntries(tarOf(name), signal))));
  const first = names[0];
  const shared =
    first === undefined || common.size === 0
      ? []
      : [
          await writeLayer({
            from: tarOf(first),
            to: join(work, "shared.layer"),
            include: (entry) => common.has(entry),
            extra: [],
            signal,
          }),
        ];
  const images = [];
  for (const [name, image] of Object.entries(recipe.images)) {
    const own = await writeLayer({
      from: tarOf(name),
      to: join(work, `${name}.layer`),
      include: (entry) => !common.has(entry),
      extra: extras[name] ?? [],
      signal,
    });
    images.push({ recipe: image, layers: [...shared, own] });
  }

  progress.status("compressing");
  const plain = join(work, "images.tar");
  await writeImageArchive(images, plain, signal);
  const result = await runner.exec("zstd", ["-q", "-6", "-T0", "--rm", plain, "-o", `${plain}.zst`], {
    signal,
    timeoutMs: 5 * 60_000,
  });
  if (result.exitCode !== 0) {
    throw new StackhouseError("image.build-failed", "could not compress the image archive", {
      details: [result.stderr.trim()],
    });
  }
  progress.info(`container images ${names.join(", ")} built in ${seconds(clock.now() - started)}`);
  return `${plain}.zst`;
}

async function readRecipe(path: string): Promise<Recipe> {
  const text = await readFileIfPresent(path);
  if (text === undefined) throw new StackhouseError("input.invalid", `no image recipe at ${path}`);
  const parsed = recipeSchema.safeParse(parse(text));
  if (!parsed.success) {
    throw new StackhouseError("input.invalid", `${path} is not an image recipe`, {
      details: z.prettifyError(parsed.error).split("\n"),
    });
  }
  return parsed.data;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
