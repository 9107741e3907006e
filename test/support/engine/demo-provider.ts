import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Progress } from "../../../modules/base/progress.ts";
import { systemClock } from "../../../modules/system/clock.ts";
import { isErrno } from "../../../modules/system/files.ts";
import { defineResource } from "../../../modules/provider/kit/define.ts";
import type { Resource } from "../../../modules/provider/kit/resource.ts";
import { serve, type Serving } from "../../../modules/provider/kit/serve.ts";

const thing = z.strictObject({
  name: z.string(),
  content: z.string(),
  /** Change: replace. */
  kind: z.string().optional(),
  password: z.string().optional(),
  /** Create and update say `making it` and end when this file is there. */
  waitFor: z.string().optional(),
  /** Does not end its wait when the engine cancels. */
  stubborn: z.boolean().optional(),
  /** Create and update fail with this message. */
  fail: z.string().optional(),
});

const idSchema = thing.pick({ name: true, kind: true });

/** The id of a Thing is known before it is made. */
export function idOfThing(type: string, inputs: unknown): string | undefined {
  return type === "stackhouse:test:Thing" ? thingId(idSchema.loose().parse(inputs)) : undefined;
}

function thingId({ name, kind }: z.infer<typeof idSchema>): string {
  return `${name}-${kind ?? "plain"}`;
}

const minute = 60_000;

/** A provider `stackhouse` whose Things are files in a folder: small enough to make the engine do anything. */
export async function serveDemoProvider(world: string): Promise<Serving> {
  await mkdir(world, { recursive: true });
  return serve({ name: "stackhouse", version: "0.1.0", resources: [thingIn(world)] });
}

function thingIn(world: string): Resource {
  const file = (id: string): string => join(world, id);
  return defineResource({
    type: "stackhouse:test:Thing",
    inputs: thing,
    outputs: thing.extend({ shout: z.string() }),
    secrets: [["password"]],
    deadlines: { create: minute, read: minute, update: minute, delete: minute },
    replaces: (change) => change.path[0] === "kind",
    async create(inputs, call) {
      const id = thingId(inputs);
      if (inputs.waitFor !== undefined) {
        await fileAppears(inputs.waitFor, call.progress, inputs.stubborn === true ? undefined : call.signal);
      }
      if (inputs.fail !== undefined) throw new Error(inputs.fail);
      await writeFile(file(id), inputs.content);
      return { id, outputs: { ...inputs, shout: inputs.content.toUpperCase() } };
    },
    async read(state) {
      const content = await readFile(file(state.id), "utf8").catch((error: unknown) => {
        if (isErrno(error, "ENOENT")) return undefined;
        throw error;
      });
      if (content === undefined) return undefined;
      const inputs = { ...state.inputs, content };
      return { inputs, outputs: { ...inputs, shout: content.toUpperCase() } };
    },
    async update(state, inputs, call) {
      if (inputs.waitFor !== undefined) await fileAppears(inputs.waitFor, call.progress, call.signal);
      if (inputs.fail !== undefined) throw new Error(inputs.fail);
      await writeFile(file(state.id), inputs.content);
      return { ...inputs, shout: inputs.content.toUpperCase() };
    },
    async delete(state) {
      await rm(file(state.id), { force: true });
    },
  });
}

async function fileAppears(path: string, progress: Progress, signal: AbortSignal | undefined): Promise<void> {
  for (;;) {
    progress.status("making it");
    try {
      await readFile(path);
      return;
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
    }
    await systemClock.sleep(50, signal);
  }
}
