import { readFile } from "node:fs/promises";

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
