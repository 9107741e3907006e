import { createHash } from "node:crypto";
import type { ConformanceCase } from "./conformance.ts";

/** A small app with one trap. Text alone is its `compose.yaml`. */
export type Fixture = string | Omit<ConformanceCase, "title" | "folder">;

/** Fixtures by what they show. */
export type Fixtures = Readonly<Record<string, Fixture>>;

/** A service `a` with these keys. */
export const keys = (text: string): string =>
  `services:\n  a:\n    image: i\n    ${text.trim().replaceAll("\n", "\n    ")}\n`;

/** A fixture for each text, which is its title: by default keys of the service `a`. */
export const table = (texts: readonly string[], make: (text: string) => Fixture = keys): Fixtures =>
  Object.fromEntries(texts.map((text) => [text, make(text)]));

/** The same with titles in quotes, for texts that begin or end with what is not seen. */
export const quotedTable = (texts: readonly string[], make: (text: string) => Fixture): Fixtures =>
  Object.fromEntries(texts.map((text) => [JSON.stringify(text), make(text)]));

/** Files by name; all that are YAML at the top are stack files, in this order. */
export function files(
  texts: Readonly<Record<string, string>>,
  more: Partial<Omit<ConformanceCase, "title" | "folder" | "files">> = {},
): Fixture {
  const stackFiles = Object.keys(texts).filter((name) => /^[^/]+\.ya?ml$/.test(name) && !name.startsWith("_"));
  return { files: texts, stackFiles, ...more };
}

/** Two files, the keys of the service `a` in each. */
export const over = (base: string, above: string): Fixture =>
  files({
    "compose.yaml": keys(base),
    "over.yaml": `services:\n  a:\n    ${above.trim().replaceAll("\n", "\n    ")}\n`,
  });

export const withEnv = (text: string, env: Readonly<Record<string, string>>): Fixture => ({
  files: { "compose.yaml": text },
  stackFiles: ["compose.yaml"],
  env,
});

export function casesOf(groups: Readonly<Record<string, Fixtures>>, folder: string): readonly ConformanceCase[] {
  return Object.entries(groups).flatMap(([group, fixtures]) =>
    Object.entries(fixtures).map(([title, fixture]) => ({
      title: `${group}: ${title}`,
      folder,
      ...(typeof fixture === "string" ? { files: { "compose.yaml": fixture }, stackFiles: ["compose.yaml"] } : fixture),
    })),
  );
}

/** Whether a case is in one of so many shares, which are as large as each other: by its title, so that another case moves none. */
export function isInShare({ title }: Pick<ConformanceCase, "title">, share: number, turn = 0): boolean {
  return createHash("sha256").update(title).digest().readUInt32BE() % share === turn % share;
}
