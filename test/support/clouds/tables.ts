import { readFile } from "node:fs/promises";
import type { PulumiStack } from "../../../modules/engine/index.ts";
import { recordedCall } from "../engine/session.ts";
import { rowsOf } from "../provider/rows.ts";

export interface DocumentedArgument {
  readonly argument: string;
  readonly change: string;
}

/** The table of a host's arguments in `docs/hosts.md`. */
export async function documentedArguments(host: string): Promise<readonly DocumentedArgument[]> {
  const text = await readFile(new URL("../../../docs/hosts.md", import.meta.url), "utf8");
  const section = text.split(/^### /m).find((part) => part.startsWith(`${host}\n`)) ?? "";
  return [...section.matchAll(/^\| `(\w+)` .*\| (\w+) +\|$/gm)].map(([, argument = "", change = ""]) => ({
    argument,
    change,
  }));
}

/** What a preview says that becomes of a stack's only resource of a type, in the words of the table. A restart is an update to the engine. */
export async function effectOn(type: string, stack: PulumiStack): Promise<"replace" | "update" | "nothing"> {
  const preview = recordedCall();
  const { changed } = await stack.preview(preview);
  if (rowsOf(preview, type).some(({ op }) => op === "replace")) return "replace";
  return changed ? "update" : "nothing";
}
