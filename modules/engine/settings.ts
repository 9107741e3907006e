import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import * as z from "zod";
import type { Home } from "../system/home.ts";
import { passphraseFile } from "./passphrase.ts";
import type { Environment, Project, PulumiStackOptions } from "./types.ts";
import { readYaml } from "./yaml-file.ts";

/** What the engine is told about where state and secrets are. */
export interface EngineSettings {
  /** The whole environment of the engine. */
  readonly env: Readonly<Record<string, string>>;
  /** Where state is, as shown. */
  readonly backend: string;
  /** Folder of our own file backend; undefined where the user's backend is used. */
  readonly ownBackend: string | undefined;
  /** For a new Pulumi stack; undefined leaves it to the backend. */
  readonly secretsProvider: string | undefined;
}

/** Where a backend comes from, strongest first: the environment, the project's settings, `pulumi login`, else ours. */
type BackendChoice = { readonly own: true } | { readonly own: false; readonly shown: string };

/**
 * Settings for a Pulumi stack. Whatever a user chose wins: `PULUMI_*` variables, `backend` in Pulumi.yaml, `pulumi login`,
 * the secrets provider in `Pulumi.<stack>.yaml`. Without any, state goes into our own file backend.
 */
export async function settingsFor(options: PulumiStackOptions): Promise<EngineSettings> {
  const { home, env, project, engine } = options;
  const folder = settingsFolder(project);
  const choice = await chooseBackend(folder, options);
  const offline = project.kind === "inline" || engine.source === "built";
  const settings = await readYaml(stackSettingsFile(folder, options.stackName), stackSchema);
  return {
    env: {
      ...defaults,
      // Not shared with the CLI: the SDK sets V8 flags in a program, and V8 rejects what was compiled under other flags.
      NODE_COMPILE_CACHE: join(home.cache.code, "programs"),
      // An inline program needs our provider alone; where this run had to build its engine, it has seen that nothing can be
      // downloaded. A later run may find the site, and then plugins of others come from there.
      ...(offline ? { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" } : {}),
      ...(choice.own ? await ownBackend(home, env) : {}),
      ...defined(env),
      // Absolute: the engine and what it starts run in other folders.
      STACKHOUSE_HOME: home.root,
      // Read by what stands before a language host of our own making.
      ...((await needsTypeScript(folder)) ? {} : { STACKHOUSE_TYPESCRIPT: "false" }),
      PATH: [engine.binDir, options.providerPath, env["PATH"] ?? ""].join(delimiter),
    },
    backend: choice.own ? pathToFileURL(home.state.backend).href : choice.shown,
    ownBackend: choice.own ? home.state.backend : undefined,
    secretsProvider: settings?.secretsprovider ?? (choice.own ? "passphrase" : undefined),
  };
}

/** Whether the state of a Pulumi stack goes into our own file backend. */
export async function usesOwnBackend(options: ChoiceOptions & Pick<PulumiStackOptions, "project">): Promise<boolean> {
  return (await chooseBackend(settingsFolder(options.project), options)).own;
}

/** Whether the language host is to compile the program: so it is unless Pulumi.yaml says otherwise. */
async function needsTypeScript(folder: string): Promise<boolean> {
  const project = await readYaml(join(folder, "Pulumi.yaml"), projectSchema);
  return !javaScriptSchema.safeParse(project?.["runtime"]).success;
}

function settingsFolder(project: Project): string {
  return project.kind === "directory" ? project.path : project.workDir;
}

const defaults = {
  PULUMI_SKIP_UPDATE_CHECK: "true",
  PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true",
  PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
  // One difference after the other, hosts that do not answer would hold up all that comes behind them.
  PULUMI_PARALLEL_DIFF: "true",
  NO_COLOR: "1",
} as const;

async function ownBackend(home: Home, env: Environment): Promise<Record<string, string>> {
  await mkdir(home.state.backend, { recursive: true, mode: 0o700 });
  return {
    // Without a file of metadata beside each state: it is not written in one step, and half a one makes the state unreadable.
    // Source: setAttrs in blob/fileblob/attrs.go, gocloud.dev.
    PULUMI_BACKEND_URL: `${pathToFileURL(home.state.backend).href}?metadata=skip`,
    PULUMI_HOME: home.state.pulumiHome,
    // Not beside a passphrase of the user's own.
    ...(env["PULUMI_CONFIG_PASSPHRASE"] === undefined
      ? { PULUMI_CONFIG_PASSPHRASE_FILE: await passphraseFile(home) }
      : {}),
    // The automatic choice may ask the desktop's secret service or the TPM for a store that we do not need.
    PULUMI_CREDENTIAL_STORE: "plaintext",
  };
}

async function chooseBackend(folder: string, { home, env }: ChoiceOptions): Promise<BackendChoice> {
  const fromEnvironment = env["PULUMI_BACKEND_URL"];
  // Of whoever drives the same Pulumi stacks with plain pulumi, in the same shell.
  if (fromEnvironment && isOurs(fromEnvironment, home)) return { own: true };
  if (fromEnvironment) return { own: false, shown: fromEnvironment };
  const project = await readYaml(join(folder, "Pulumi.yaml"), projectSchema);
  if (project?.backend?.url) return { own: false, shown: project.backend.url };
  if (env["PULUMI_ACCESS_TOKEN"]) return { own: false, shown: "https://api.pulumi.com" };
  const login = await currentLogin(env);
  return login === undefined ? { own: true } : { own: false, shown: login };
}

type ChoiceOptions = Pick<PulumiStackOptions, "home" | "env">;

function isOurs(url: string, home: Home): boolean {
  return url.replace(/\?.*$/su, "") === pathToFileURL(home.state.backend).href;
}

/** The backend of the user's own `pulumi login`. Source: sdk/go/common/workspace/creds.go in github.com/pulumi/pulumi. */
async function currentLogin(env: Environment): Promise<string | undefined> {
  const folder = env["PULUMI_CREDENTIALS_PATH"] ?? env["PULUMI_HOME"] ?? join(env["HOME"] ?? homedir(), ".pulumi");
  const credentials = await readYaml(join(folder, "credentials.json"), credentialsSchema);
  return credentials?.current || undefined;
}

/** The settings of a Pulumi stack in the project's folder: of `acme/shop/dev` they are in `Pulumi.dev.yaml`. */
export function stackSettingsFile(folder: string, stackName: string): string {
  return join(folder, `Pulumi.${stackName.split("/").at(-1) ?? stackName}.yaml`);
}

const credentialsSchema = z.looseObject({ current: z.string().optional() });
const projectSchema = z.looseObject({ backend: z.looseObject({ url: z.string().optional() }).optional() });
const javaScriptSchema = z.looseObject({ options: z.looseObject({ typescript: z.literal(false) }) });
const stackSchema = z.looseObject({ secretsprovider: z.string().optional() });

function defined(env: Environment): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined));
}
