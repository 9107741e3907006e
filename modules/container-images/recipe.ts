import * as z from "zod";

const absolutePath = z.string().regex(/^\//, "must be an absolute path in the image");

const imageRecipeSchema = z.strictObject({
  /** What stack files call the image: `quickstart/web:1`. */
  reference: z.string().regex(/^[a-z0-9][a-z0-9._/-]*:[\w.-]+$/, "must be a lower-case image reference with a tag"),
  /** Debian packages, besides those that are essential. */
  packages: z.array(z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/, "must be the name of a Debian package")),
  /** File or folder beside the recipe, by its place in the image. */
  files: z.record(absolutePath, z.string()).default({}),
  /** Folders to make, by path: owner as `uid:gid`. */
  folders: z.record(absolutePath, z.string().regex(/^\d+:\d+$/, "must be uid:gid")).default({}),
  user: z.string().optional(),
  workingDir: absolutePath.optional(),
  env: z.record(z.string(), z.string()).default({}),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  ports: z.array(z.number().int()).default([]),
  volumes: z.array(absolutePath).default([]),
});

/** A recipe file: container images made from packages of one Debian release, sharing what they have in common as one layer. */
export const recipeSchema = z.strictObject({
  suite: z.string().regex(/^[a-z]+$/, "must be the code name of a Debian release"),
  images: z.record(z.string().regex(/^[a-z0-9-]+$/), imageRecipeSchema),
});
export type Recipe = z.infer<typeof recipeSchema>;
export type ImageRecipe = z.infer<typeof imageRecipeSchema>;
