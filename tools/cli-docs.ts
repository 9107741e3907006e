// Writes the commands into docs/cli.md: run it after a change of a command or an option.
import { readFile, writeFile } from "node:fs/promises";
import { buildProgram } from "../modules/cli/program.ts";
import { referenceOf } from "../modules/cli/reference.ts";

const path = new URL("../docs/cli.md", import.meta.url);
const text = await readFile(path, "utf8");
const head = text.slice(0, text.indexOf("-->") + "-->".length);
const silent = { write: () => true };
const program = buildProgram((command) => command, silent);
await writeFile(path, `${head}\n\n${referenceOf(program)}`);
