import { parse } from "yaml";
import type { Key, Shape } from "../../../../modules/stackfile/shapes/shape.ts";
import { stackFile } from "../../../../modules/stackfile/keys/top.ts";
import type { ComparedStackFile } from "./stack-files.ts";

/** Paths of the keys that a stack file has, as `docs/compose.md` writes them. Short forms hide those that they stand for. */
export function usedKeys({ files }: ComparedStackFile): readonly string[] {
  return Object.entries(files)
    .filter(([name]) => name.endsWith(".yaml"))
    .flatMap(([, text]) => keysOf("", parse(text), stackFile));
}

function keysOf(path: string, value: unknown, shape: Shape): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  switch (shape.kind) {
    case "mapping":
      return Object.entries(value).flatMap(([name, item]: [string, unknown]) => {
        const key: Key | undefined = shape.keys[name];
        const here = path === "" ? name : `${path}.${name}`;
        return key === undefined ? [] : [here, ...keysOf(here, item, key.shape)];
      });
    case "dictionary":
      return Object.values(value).flatMap((item) => keysOf(`${path}.*`, item, shape.of));
    case "list":
      return Array.isArray(value) ? value.flatMap((item) => keysOf(`${path}[]`, item, shape.of)) : [];
    case "hosts":
    case "scalar":
    case "free":
      return [];
  }
}
