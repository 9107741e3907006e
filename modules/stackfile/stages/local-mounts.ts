import { isAbsolute } from "../paths.ts";
import type { Path, Place } from "../tree/node.ts";
import type { LocalMount } from "../types.ts";
import { isUnknown } from "../unknown.ts";
import type { Draft } from "./draft.ts";

/** Bind mounts whose source is no absolute path yet: once paths are resolved they look like those of the host. */
export function localMountsOf(draft: Draft, locate: (path: Path) => Place): readonly LocalMount[] {
  return Object.entries(draft.services ?? {}).flatMap(([service, { volumes = [] }]) =>
    volumes.flatMap(({ type, source, target }, index) => {
      if (type !== "bind" || source === undefined || isAbsolute(source) || isUnknown(source)) return [];
      const { source: text, start } = locate(["services", service, "volumes", index]);
      return [{ service, source, target, file: text.file, ...text.position(start) }];
    }),
  );
}
