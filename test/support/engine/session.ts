import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "@jest/globals";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { silentProgress, type Progress } from "../../../modules/base/progress.ts";
import {
  findEngine,
  openPulumiStack,
  type Engine,
  type EngineEvent,
  type PulumiStack,
  type DestroyCall,
  type RefreshCall,
} from "../../../modules/engine/index.ts";
import { systemClock } from "../../../modules/system/clock.ts";
import { systemRunner } from "../../../modules/system/exec.ts";
import { homeFrom, type Home } from "../../../modules/system/home.ts";
import { idOfThing, serveDemoProvider } from "./demo-provider.ts";

/** A place of its own for a suite: state and world in a temporary folder, the engine from the machine's cache. */
export interface EngineSession {
  readonly engine: Engine;
  readonly home: Home;
  /** The folder whose files are the demo provider's Things. */
  readonly world: string;
  readonly folder: string;
  /** Environment of the engine: nothing of the person who runs the tests. */
  readonly env: Readonly<Record<string, string>>;
  open(program: PulumiFn, home?: Home): Promise<PulumiStack>;
}

/** A suite on the real engine with the demo provider. Says that it did not run where there is no engine. */
export async function describeWithEngine(name: string, suite: (session: () => EngineSession) => void): Promise<void> {
  const { signal } = new AbortController();
  const finding = await findEngine({ home: homeFrom(process.env), env: process.env, clock: systemClock, signal });
  if (finding.kind !== "found") {
    process.stderr.write(`not run: ${name}: ${finding.reason}\n`);
    describe.skip(name, () => suite(() => missing()));
    return;
  }
  const { engine } = finding;
  describe(name, () => {
    let session: EngineSession | undefined;
    const resources = new AsyncDisposableStack();
    beforeAll(async () => {
      session = await startSession(engine, resources);
    });
    afterAll(() => resources.disposeAsync());
    suite(() => session ?? missing());
  });
}

function missing(): never {
  throw new Error("the session has not started");
}

async function startSession(engine: Engine, resources: AsyncDisposableStack): Promise<EngineSession> {
  const folder = await mkdtemp(join(tmpdir(), "stackhouse-engine-"));
  resources.defer(() => rm(folder, { recursive: true, force: true }));
  const world = join(folder, "world");
  const provider = resources.use(await serveDemoProvider(world));
  const home: Home = homeFrom({ STACKHOUSE_HOME: join(folder, "home") });
  const providerPath = join(folder, "bin");
  await mkdir(providerPath);
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: join(folder, "user"),
    PULUMI_DEBUG_PROVIDERS: `stackhouse:${provider.port}`,
  };
  const open = (program: PulumiFn, its = home): Promise<PulumiStack> =>
    openPulumiStack({
      engine,
      home: its,
      env,
      stackName: "dev",
      providerPath,
      idOf: idOfThing,
      project: { kind: "inline", name: "demo", workDir: join(its.state.projects, "demo"), program },
      runner: systemRunner,
      clock: systemClock,
      signal: new AbortController().signal,
      progress: silentProgress,
    });
  return { engine, home, world, folder, env, open };
}

/** A call with everything at its default, and what it told. */
export function recordedCall(call: Partial<DestroyCall & RefreshCall> = {}): DestroyCall &
  RefreshCall & {
    readonly events: EngineEvent[];
    readonly told: string[];
  } {
  const events: EngineEvent[] = [];
  const told: string[] = [];
  const progress: Progress = {
    status: (text) => told.push(text),
    info: (text) => told.push(text),
    warn: (text) => told.push(text),
  };
  return {
    signal: new AbortController().signal,
    progress,
    onEvent: (event) => events.push(event),
    ...call,
    events,
    told,
  };
}
