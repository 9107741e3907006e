import { idFromInputs } from "../../../modules/provider/resources/ids.ts";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe } from "@jest/globals";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { silentProgress } from "../../../modules/base/progress.ts";
import { findEngine, openPulumiStack, type Engine, type PulumiStack } from "../../../modules/engine/index.ts";
import { serve } from "../../../modules/provider/kit/serve.ts";
import type { ProviderDefinition } from "../../../modules/provider/kit/server.ts";
import { stackhouseProvider } from "../../../modules/provider/stackhouse.ts";
import { systemClock } from "../../../modules/system/clock.ts";
import { systemRunner } from "../../../modules/system/exec.ts";
import { homeFrom } from "../../../modules/system/home.ts";
import { startWorld, type TestWorld } from "./world.ts";

/** One test's workstation with the real engine on it; the provider runs in this process, attached. */
export interface ProviderSession {
  readonly world: TestWorld;
  /** A folder of its own. */
  readonly folder: string;
  readonly open: (program: PulumiFn, stackName?: string) => Promise<PulumiStack>;
}

/** Further providers of a test, beside ours on its world. */
export type OtherProviders = (world: TestWorld) => readonly ProviderDefinition[];

/** A suite on the real engine with our provider on a test world, new for each test. */
export async function describeProvider(
  name: string,
  suite: (session: () => ProviderSession) => void,
  others: OtherProviders = () => [],
): Promise<void> {
  const { signal } = new AbortController();
  const finding = await findEngine({ home: homeFrom(process.env), env: process.env, clock: systemClock, signal });
  if (finding.kind !== "found") {
    process.stderr.write(`not run: ${name}: ${finding.reason}\n`);
    describe.skip(name, () => suite(() => missing()));
    return;
  }
  const { engine } = finding;
  describe(name, () => {
    let session: ProviderSession | undefined;
    let shared: string | undefined;
    let resources = new AsyncDisposableStack();
    beforeAll(async () => {
      shared = await mkdtemp(join(tmpdir(), "stackhouse-provider-"));
    });
    afterAll(async () => {
      if (shared !== undefined) await rm(shared, { recursive: true, force: true });
    });
    beforeEach(async () => {
      resources = new AsyncDisposableStack();
      session = await startSession(engine, { shared: shared ?? missing(), others }, resources);
    });
    afterEach(() => resources.disposeAsync());
    suite(() => session ?? missing());
  });
}

function missing(): never {
  throw new Error("the session has not started");
}

let count = 0;

async function startSession(
  engine: Engine,
  { shared, others }: { readonly shared: string; readonly others: OtherProviders },
  resources: AsyncDisposableStack,
): Promise<ProviderSession> {
  const folder = join(shared, String(count++));
  await mkdir(folder);
  const world = resources.use(await startWorld());
  const attached: string[] = [];
  for (const definition of [stackhouseProvider(world.ports), ...others(world)]) {
    attached.push(`${definition.name}:${resources.use(await serve(definition)).port}`);
  }
  const home = homeFrom({ STACKHOUSE_HOME: join(folder, "home") });
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: join(folder, "user"),
    PULUMI_DEBUG_PROVIDERS: attached.join(","),
  };
  const open = (program: PulumiFn, stackName = "dev"): Promise<PulumiStack> =>
    openPulumiStack({
      engine,
      home,
      env,
      stackName,
      providerPath: folder,
      idOf: idFromInputs,
      project: { kind: "inline", name: "shop", workDir: join(folder, "project"), program },
      runner: systemRunner,
      clock: systemClock,
      signal: new AbortController().signal,
      progress: silentProgress,
    });
  return { world, folder, open };
}
