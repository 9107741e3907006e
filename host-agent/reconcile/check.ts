import { StackhouseError } from "../../modules/base/errors.ts";
import type { DesiredApp } from "../../modules/protocol/app.ts";

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Refuses what could only fail later: a name that is another app's, a config or secret without content. */
export function checkDesired(app: string, { model, contents }: DesiredApp): void {
  if (model.name !== app) {
    throw new StackhouseError("input.invalid", `the model is of ${model.name}, the request is for ${app}`);
  }
  const missing = Object.entries(model.services).flatMap(([service, { configs, secrets }]) => [
    ...(configs ?? []).map(({ source }) => ({ service, name: `configs/${source}` })),
    ...(secrets ?? []).map(({ source }) => ({ service, name: `secrets/${source}` })),
  ]);
  const details = [
    ...missing
      .filter(({ name }) => !Object.hasOwn(contents, name))
      .map(({ service, name }) => `${service} uses ${name}, whose content was not sent`),
    ...Object.entries(contents)
      .filter(([, content]) => !base64.test(content) || content.length % 4 !== 0)
      .map(([name]) => `the content of ${name} is not base64`),
    ...Object.entries(model.services)
      .filter(([, { image }]) => image === undefined || image === "")
      .map(([service]) => `${service} has no image`),
  ];
  if (details.length > 0) throw new StackhouseError("input.invalid", `${app} cannot be applied`, { details });
}
