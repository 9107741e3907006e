import { basename, join } from "node:path";
import { StackhouseError } from "../../base/errors.ts";
import { packageRoot } from "../../system/package-root.ts";
import type { InitOptions, ProjectKind } from "../commands/init.ts";
import { exitCodes } from "../exit-codes.ts";
import { blanksFor, cloudLibrary, initInstead } from "../init-kinds.ts";
import { isClone, versionBlanks, writeProject } from "../init-project.ts";
import { nextSteps, type NextStep } from "../render/next-steps.ts";
import type { Handler } from "../run.ts";

export const init: Handler<InitOptions> = async (context, options) => {
  const { directory, style } = context;
  const name = options.name ?? nameFor(directory);
  if (!/^[a-z0-9][a-z0-9_-]*$/.test(name)) {
    throw new StackhouseError("input.invalid", `${name} is no name for a project`, {
      hint: "small letters, digits, - and _: stackhouse init --name NAME",
    });
  }
  const blanks = blanksFor(options, directory);
  const root = packageRoot();
  const folder = (kind: string): string => join(root, "templates", "init", kind);
  const versions = await versionBlanks(root, directory);
  const library = cloudLibrary[options.host];
  const templates = ["shared", options.host, ...(isClone(root) ? ["clone"] : [])].map(folder);
  const files = await writeProject(directory, templates, {
    blanks: { ...versions, ...blanks, name },
    libraries: library === undefined ? {} : { [library]: versions[`version:${library}`] ?? "*" },
    instead: initInstead[options.host],
  });
  if (context.json) {
    context.printJson({ directory, name, files });
    return exitCodes.ok;
  }
  const edit = options.host === "ssh" && (options.address === undefined || options.hostKey === undefined);
  const steps: readonly NextStep[] = [
    ["npm install", "gets what it depends on"],
    ...credentials[options.host],
    ...(edit ? [["edit index.ts", "address and host key of your machine"] as const] : []),
    ["stackhouse up", "makes the host and runs the app"],
  ];
  context.print(`Made ${style.strong(name)} in ${directory}: ${files.join(", ")}`, "", ...nextSteps(steps, style));
  return exitCodes.ok;
};

/** What a cloud asks for before it makes anything. */
const credentials: Readonly<Record<ProjectKind, readonly NextStep[]>> = {
  local: [],
  ssh: [],
  aws: [["aws configure", "or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment"]],
  digitalocean: [["DIGITALOCEAN_TOKEN=…", "in the environment: a token that may write"]],
};

/** A name made of the folder's, as Compose makes one. */
function nameFor(directory: string): string {
  const name = basename(directory)
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, "");
  return name.replace(/^[_-]+/, "") || "app";
}
