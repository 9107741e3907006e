import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import * as z from "zod";
import { findEngine, type Engine } from "../../../modules/engine/index.ts";
import { systemClock } from "../../../modules/system/clock.ts";
import { homeFrom } from "../../../modules/system/home.ts";
import { cloudProject } from "../../support/clouds/cloud-project.ts";
import { findMachineCloud, type MachineCloud } from "../../support/clouds/machine-clouds.ts";
import { askForLong, longTests } from "../../support/long-tests.ts";
import { notRun } from "../../support/not-run.ts";
import type { VmProject } from "../../support/vm-project.ts";

const home = homeFrom(process.env);
const signal = AbortSignal.timeout(60_000);
const finding = await findEngine({ home, env: process.env, clock: systemClock, signal });

/** What a host's program, `stacks/<host>.ts`, does on an emulated cloud whose machines are VMs, from its first `up` to `destroy`. */
export async function cloudHostLife(
  host: "aws" | "digitalocean",
  midlife: (life: Midlife) => void = () => undefined,
): Promise<void> {
  const suite = `stacks/${host}.ts on an emulated cloud whose machines are VMs`;
  const cloud = await findMachineCloud(host, home);
  if (!longTests) notRun(suite, `it takes minutes: ${askForLong}`);
  else if ("reason" in cloud) notRun(suite, cloud.reason);
  else if (finding.kind !== "found") notRun(suite, finding.reason);
  else describe(suite, () => life({ ...cloud, host, engine: finding.engine, midlife }));
}

/** What tests of one cloud do with its host between the others. */
export interface Midlife {
  readonly up: () => Promise<void>;
  /** Changes the program. */
  readonly rewrite: (from: string, to: string) => Promise<void>;
  /** Counts one, and gives how many there were. */
  readonly visits: () => Promise<number>;
  /** What a command prints on the machine. */
  readonly ssh: (...argv: readonly string[]) => Promise<string>;
}

interface Machines {
  readonly host: string;
  readonly engine: Engine;
  readonly start: () => Promise<MachineCloud>;
  readonly midlife: (life: Midlife) => void;
}

const visitsSchema = z.object({ visits: z.number() });

/**
 * The life of one host, told in order. The guest reaches no network, so Docker Engine is in its image: what cloud-init is told to install
 * is there already. All else of the user data happens as it would in the cloud.
 */
function life({ host, engine, start, midlife }: Machines): void {
  const resources = new AsyncDisposableStack();
  let cloud: MachineCloud;
  let project: VmProject;
  let url = "";

  beforeAll(async () => {
    cloud = resources.use(await start());
    project = resources.use(await cloudProject(engine, { host, provider: cloud.provider }));
  });
  afterAll(() => resources.disposeAsync());

  const done = async (running: ReturnType<VmProject["stackhouse"]>): Promise<string> => {
    const { code, stdout, stderr } = await running;
    const { room } = cloud;
    const log = code === 0 ? "" : [stdout, stderr, room.trouble ?? "", await room.consoles()].join("\n");
    expect({ code, log }).toEqual({ code: 0, log: "" });
    return `${stdout}\n${stderr}`;
  };

  const up = async (): Promise<void> => {
    url = /http:\/\/127\.\S+/.exec(await done(project.stackhouse("up", "--yes")))?.[0] ?? "";
  };

  const rewrite = async (from: string, to: string): Promise<void> => {
    const path = join(project.path, "stacks", `${host}.ts`);
    const text = await readFile(path, "utf8");
    expect(text).toContain(from);
    await writeFile(path, text.replace(from, to));
  };

  const visits = async (): Promise<number> => {
    const answer = await fetch(new URL("/api/visits", url), { method: "POST" });
    expect(answer.status).toBe(200);
    return visitsSchema.parse(await answer.json()).visits;
  };

  const refresh = (...more: readonly string[]): Promise<string> =>
    done(project.pulumi("refresh", "--yes", "--non-interactive", "--stack", "dev", ...more));

  test("up ends with the app's answer from the machine's own address", async () => {
    await up();
    expect((await fetch(url)).status).toBe(200);
    expect(await visits()).toBe(1);
  });

  test("then a preview is empty, and so is a refresh", async () => {
    expect(await done(project.stackhouse("preview"))).toMatch(/Nothing to do/u);
    await refresh("--expect-no-changes");
  });

  midlife({
    up,
    rewrite,
    visits,
    ssh: (...argv) => done(project.stackhouse("ssh", "--", ...argv)),
  });

  test("a machine that was ended behind our back is made anew, with its data volume", async () => {
    const before = await visits();
    await cloud.endMachines();
    await refresh();
    await up();
    expect(await visits()).toBe(before + 1);
  });

  test("destroy leaves nothing in the account", async () => {
    await done(project.stackhouse("destroy", "--yes"));
    expect(await cloud.inventory()).toEqual([]);
  });
}
