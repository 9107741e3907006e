import { readFileSync } from "node:fs";
import { configsAndSecretsOf, type ContentSource } from "../../../stackfile/contents.ts";
import type { Model } from "../../../stackfile/model.ts";
import { isUnknown } from "../../../stackfile/unknown.ts";
import { isErrno } from "../../../system/files.ts";
import type { CheckFailure } from "../../kit/resource.ts";

/** Values for `${NAME}` and `environment: NAME`; some may have a value that is not known yet. */
export interface Variables {
  readonly known: Readonly<Record<string, string>>;
  readonly unknown: readonly string[];
}

/** Contents of configs and secrets by `configs/NAME` or `secrets/NAME`. */
export interface Contents {
  readonly known: Readonly<Record<string, Buffer>>;
  readonly unknown: ReadonlySet<string>;
  readonly failures: readonly CheckFailure[];
}

type Found = { readonly bytes: Buffer } | { readonly unknown: true } | { readonly failure: string };

/** Reads what the configs and secrets of a model hold, as far as services use them. */
export function readContents(model: Model, variables: Variables): Contents {
  const known: Record<string, Buffer> = {};
  const unknown = new Set<string>();
  const failures: CheckFailure[] = [];
  for (const { key, source, services } of configsAndSecretsOf(model)) {
    if (services.length === 0) continue;
    const found = read(source, variables);
    if ("bytes" in found) known[key] = found.bytes;
    else if ("unknown" in found) unknown.add(key);
    else failures.push({ property: "files", reason: `${key}: ${found.failure}` });
  }
  return { known, unknown, failures };
}

function read(source: ContentSource, { known, unknown }: Variables): Found {
  switch (source.kind) {
    case "content":
      return isUnknown(source.text) ? { unknown: true } : { bytes: Buffer.from(source.text) };
    case "file":
      return isUnknown(source.path) ? { unknown: true } : readBytes(source.path);
    case "environment": {
      if (unknown.includes(source.name)) return { unknown: true };
      const value = known[source.name];
      if (value !== undefined) return { bytes: Buffer.from(value) };
      return { failure: `there is no variable ${source.name} → give it to the app: secrets: { ${source.name}: … }` };
    }
  }
}

function readBytes(path: string): Found {
  try {
    return { bytes: readFileSync(path) };
  } catch (error) {
    if (isErrno(error, "ENOENT")) return { failure: `there is no file ${path}` };
    if (isErrno(error, "EISDIR")) return { failure: `${path} is a folder` };
    if (isErrno(error, "EACCES")) return { failure: `${path} cannot be read by this user` };
    throw error;
  }
}
