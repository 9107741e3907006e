// Writes the keys of a stack file into docs/compose.md, and the JSON Schema beside it: run it after a change of a key.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { jsonSchemaOf } from "../modules/stackfile/json-schema.ts";
import { stackFile } from "../modules/stackfile/keys/top.ts";
import { referenceOf } from "../modules/stackfile/reference.ts";

const page = new URL("../docs/compose.md", import.meta.url);
const text = await readFile(page, "utf8");
const head = text.slice(0, text.indexOf("-->") + "-->".length);
await writeFile(page, `${head}\n\n${referenceOf(stackFile)}`);

const schema = new URL("../docs/compose.schema.json", import.meta.url);
const style = await resolveConfig(fileURLToPath(schema));
await writeFile(schema, await format(JSON.stringify(jsonSchemaOf(stackFile)), { ...style, parser: "json" }));
