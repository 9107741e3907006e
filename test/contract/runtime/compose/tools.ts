import { mkdir, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { EngineClient } from "../../../../host-agent/runtime/docker/client.ts";
import { createDockerRuntime } from "../../../../host-agent/runtime/docker/runtime.ts";
import { executePlan } from "../../../../host-agent/execute/executor.ts";
import { planApply } from "../../../../modules/plan/apply.ts";
import type { Step } from "../../../../modules/plan/types.ts";
import { configsAndSecretsOf, type ContentSource } from "../../../../modules/stackfile/contents.ts";
import { digestOf, fingerprintsOf } from "../../../../modules/stackfile/fingerprint.ts";
import { formatDiagnostics } from "../../../../modules/stackfile/format.ts";
import { loadStackFile } from "../../../../modules/stackfile/load.ts";
import type { Model } from "../../../../modules/stackfile/model.ts";
import { systemClock } from "../../../../modules/system/clock.ts";
import { nothing } from "../../../support/app-states.ts";
import { askOracle } from "../../../support/oracle.ts";
import { signal } from "../world.ts";
import { jsonSchema, type JsonMap } from "./json.ts";
import type { ComparedStackFile } from "./stack-files.ts";

/** An app of a stack file that lies in a folder. */
export interface ComparedApp {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

export const appName = "alike";

/** Variables that stack files may use. */
const variables = { A_CONFIG: "config of a variable", A_SECRET: "secret of a variable" };

export async function layOut(folder: string, { files }: ComparedStackFile): Promise<ComparedApp> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return { folder, env: { ...variables } };
}

/** Two ways to make what a stack file asks for, without starting it, and to take it away again. */
export interface Tool {
  create(app: ComparedApp): Promise<void>;
  remove(app: ComparedApp): Promise<void>;
}

/** @param api minor number of the version of the API; docker compose asks no engine that is older than 25 by itself */
export function dockerCompose(oracle: string, socketPath: string, api: number): Tool {
  const run = async ({ folder, env }: ComparedApp, args: readonly string[]): Promise<void> => {
    const engine = {
      HOME: folder,
      PATH: "/usr/bin:/bin",
      DOCKER_HOST: `unix://${socketPath}`,
      DOCKER_API_VERSION: `1.${api}`,
    };
    const [outcome] = await askOracle(oracle, [{ folder, files: {}, env: { ...env, ...engine }, args }]);
    if (outcome?.exit !== 0)
      throw new Error(`docker compose ${args.join(" ")}: ${outcome?.error ?? outcome?.stderr ?? ""}`);
  };
  return {
    create: (app) => run(app, ["--progress", "quiet", "create"]),
    remove: (app) => run(app, ["--progress", "quiet", "down", "--volumes", "--timeout", "0"]),
  };
}

/** Our loader, planner, executor and runtime. */
export function stackhouse(socketPath: string, filesDirectory: string): Tool {
  const runtime = createDockerRuntime({ socketPath, filesDirectory, clock: systemClock });
  const call = { signal, deadlineMs: 60_000 };
  return {
    async create(app) {
      const { model, contents, contentDigests } = load(app);
      const makes = planApply({ model, contentDigests }, nothing).steps.filter(isMaking);
      const made = new Set(makes.map(({ id }) => id));
      const steps = makes.map((step) => ({ ...step, needs: step.needs.filter((id) => made.has(id)) }));
      const fingerprints = fingerprintsOf(model, contentDigests);
      const { failures } = await executePlan(
        { app: model.name, steps },
        {
          app: model.name,
          runtime,
          signal,
          clock: systemClock,
          deadlineAt: Infinity,
          desired: { model, contents, contentDigests, fingerprints, registries: {} },
          release: "r1",
          observed: nothing,
          watch: {
            until: () => Promise.reject(new Error("nothing is waited for")),
            deathsOf: () => 0,
            close: () => undefined,
          },
        },
        () => undefined,
      );
      const [failure] = failures;
      if (failure !== undefined)
        throw new Error(`${failure.step.id}: ${String(failure.error)}`, { cause: failure.error });
    },
    async remove() {
      const { containers, networks, volumes, anonymousVolumes } = await runtime.observe(appName, [], call);
      for (const { id } of containers) await runtime.removeContainer(id, call);
      for (const { name } of networks) await runtime.removeNetwork(name, call);
      for (const { name } of [...volumes, ...anonymousVolumes]) await runtime.removeVolume(name, call);
    },
  };
}

function isMaking({ kind }: Step): boolean {
  return kind === "create-network" || kind === "create-volume" || kind === "create-container";
}

export interface LoadedApp {
  readonly model: Model;
  readonly contents: Readonly<Record<string, string>>;
  readonly contentDigests: Readonly<Record<string, string>>;
}

export function load({ folder, env }: ComparedApp): LoadedApp {
  const readFile = (path: string): string | undefined => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return undefined;
    }
  };
  const { model, diagnostics } = loadStackFile({ files: [join(folder, "compose.yaml")] }, { readFile, env });
  if (model === undefined) throw new Error(formatDiagnostics(diagnostics));
  const contents = configsAndSecretsOf(model).map(({ key, source }) => [key, textOf(source, env)] as const);
  return {
    model,
    contents: Object.fromEntries(contents.map(([key, text]) => [key, Buffer.from(text).toString("base64")])),
    contentDigests: Object.fromEntries(contents.map(([key, text]) => [key, digestOf(text)])),
  };
}

function textOf(source: ContentSource, env: ComparedApp["env"]): string {
  switch (source.kind) {
    case "file":
      return readFileSync(source.path, "utf8");
    case "environment":
      return env[source.name] ?? "";
    case "content":
      return source.text;
  }
}

/** Everything of the app as the engine has it, by its name. */
export interface Made {
  readonly containers: JsonMap;
  readonly networks: JsonMap;
  readonly volumes: JsonMap;
}

const named = z.object({ Name: z.string() });
const identified = z.object({ Id: z.string() });
const label = JSON.stringify({ label: [`com.docker.compose.project=${appName}`] });

export async function inspectAll(engine: EngineClient): Promise<Made> {
  const get = async <T>(schema: z.ZodType<T>, path: string, query = {}): Promise<T> =>
    await engine.json(schema, { method: "GET", path, query, signal });
  const inspectEach = async (paths: readonly string[]): Promise<JsonMap> => {
    const found = await Promise.all(paths.map((path) => get(jsonSchema, path)));
    return Object.fromEntries(found.map((one) => [named.parse(one).Name.replace(/^\//, ""), one]));
  };
  const ids = z.array(identified);
  const containers = await get(ids, "/containers/json", { all: true, filters: label });
  const networks = await get(ids, "/networks", { filters: label });
  const { Volumes: volumes } = await get(z.object({ Volumes: z.array(named).nullish() }), "/volumes", {
    filters: label,
  });
  return {
    containers: await inspectEach(containers.map(({ Id: id }) => `/containers/${id}/json`)),
    networks: await inspectEach(networks.map(({ Id: id }) => `/networks/${id}`)),
    volumes: await inspectEach((volumes ?? []).map(({ Name: name }) => `/volumes/${name}`)),
  };
}
