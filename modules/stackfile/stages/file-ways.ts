import { printPath } from "../tree/diagnostics.ts";
import type { Path } from "../tree/node.ts";

/** The keys that say what a config or secret holds; it has exactly one of them. */
export const fileWays = { configs: ["file", "environment", "content"], secrets: ["file", "environment"] } as const;

export type FileSection = keyof typeof fileWays;

export function needsOneWay(path: Path, section: FileSection): string {
  return `${printPath(path)} needs exactly one of ${fileWays[section].join(", ")}`;
}
