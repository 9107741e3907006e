import { stringify } from "yaml";
import type { ConfigOptions } from "../commands/config.ts";
import { exitCodes } from "../exit-codes.ts";
import { findStackFiles } from "../project/find.ts";
import { loadFound } from "../project/load.ts";
import type { Handler } from "../run.ts";
import type { Model } from "../../stackfile/model.ts";

export const config: Handler<ConfigOptions> = async (context, options) => {
  const { model, warnings } = loadFound(context, await findStackFiles(context.directory, options.file), options);
  if (warnings !== "") context.note(warnings);
  const names = namesOf(model, options);
  if (context.json || options.format === "json") context.printJson(names ?? model);
  else if (names !== undefined) context.print(...names);
  else context.print(stringify(model, { lineWidth: 0 }).trimEnd());
  return exitCodes.ok;
};

function namesOf(model: Model, options: ConfigOptions): readonly string[] | undefined {
  if (options.services) return Object.keys(model.services);
  if (options.volumes) return Object.keys(model.volumes ?? {});
  if (options.images) return [...new Set(Object.values(model.services).flatMap(({ image }) => image ?? []))];
  return undefined;
}
