import { configsAndSecretsOf, type Content, type ContentSource } from "../contents.ts";
import type { Model } from "../model.ts";
import { childOf, locate, type Node } from "../tree/node.ts";
import { shownValue } from "../tree/within.ts";

/** What the configs and secrets of a model hold, with the places of the tree that say so. */
export function contentsOf(model: Model, tree: Node): readonly Content[] {
  return configsAndSecretsOf(model).map((need): Content => {
    const path = [...need.key.split(/\/(.*)/s).slice(0, 2), need.source.kind];
    const place = locate(tree, path, "value");
    const named = path.reduce<Node | undefined>(childOf, tree);
    return {
      ...need,
      ...(named?.kind === "scalar" && named.held !== undefined ? { held: named.held } : {}),
      shown: shownValue(place, nameOf(need.source)),
      place: {
        file: place.source.file,
        ...place.source.position(place.start),
        length: Math.max(1, place.end - place.start),
        path,
      },
    };
  });
}

/** What a source is called; a text that stands in the stack file is called nothing. */
function nameOf(source: ContentSource): string {
  switch (source.kind) {
    case "file":
      return source.path;
    case "environment":
      return source.name;
    case "content":
      return "";
  }
}
