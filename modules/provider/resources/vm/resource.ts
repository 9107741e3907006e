import { parseUrn } from "../../../base/urn.ts";
import { shrinking } from "../../../hypervisors/data-disks.ts";
import { vmName, type KeptDisk, type VmInspection } from "../../../hypervisors/driver.ts";
import { authorizedKeysIn, problemsWithAuthorizedKeys } from "../../../ssh/authorized-key.ts";
import { changesOf, type Change } from "../../kit/changes.ts";
import { asProperties, defineResource } from "../../kit/define.ts";
import type { Call, CheckFailure, Resource } from "../../kit/resource.ts";
import { isList, knownOnly, unknownValue, type Properties, type Value } from "../../kit/values.ts";
import { vmInputsSchema, vmOutputsSchema, type VmOutputs } from "../schema.ts";
import { bakingOnce } from "./bake-once.ts";
import { bringUp, claimIdentity, type VmPorts } from "./bring-up.ts";
import { missingParts } from "./made-of.ts";
import { previewForwards, impossibleForwards, withWholeForwards } from "./forwards.ts";
import { announcementOf, knownDisks, reshapingOf, withSortedDisks } from "./reshape.ts";
import { identityIn, inputsOf, outputsOf, type PresentVm } from "./state.ts";

export const vmType = "stackhouse:index:Vm";

const minute = 60_000;
const defaults = { cpus: 2, memoryMiB: 2048, diskGiB: 16, authorizedKeys: [], preload: [], start: "auto" } as const;
/** What the guest was born with, or what its disk stands on: none of it can change in place. */
const replacing: ReadonlySet<unknown> = new Set(["vmId", "hostname", "baseImage", "authorizedKeys"]);

/** `stackhouse:index:Vm`: a local VM that runs and whose guest has answered. Its id is `vmId`. */
export function vmResource(ports: VmPorts): Resource {
  const bake = bakingOnce(ports.images);
  return defineResource({
    type: vmType,
    inputs: vmInputsSchema,
    outputs: vmOutputsSchema,
    secrets: [["hostPrivateKey"], ["connection", "privateKey"]],
    // A create may build the base image and bake another one first; so may an update, after a create that was cut. A delete may let a
    // guest go on, for it to write what it has in memory.
    deadlines: { create: 60 * minute, read: minute, update: 60 * minute, delete: 6 * minute },
    deleteBeforeReplace: true,

    async prepare(news, previous, call) {
      const vmId = news["vmId"] ?? previous.vmId ?? defaultVmId(call.urn);
      const baseImage = news["baseImage"] ?? previous.baseImage ?? (await ports.images.current(call));
      const given: Properties = { ...defaults, hostname: vmId, ...saying(news), vmId, baseImage };
      const inputs = withBareKeys(withWholeForwards(withSortedDisks(given)));
      const failures = [
        ...(await shrinkingDisks(ports, inputs, call)),
        ...memoryRefusal(ports, inputs["memoryMiB"], previous.memoryMiB),
        ...(await impossibleForwards(ports, inputs, call)),
        ...refusedKeys(given),
        // Of a VM that is to be made the engine asks without what was before.
        ...(previous.vmId === undefined ? await missingParts(ports.images, inputs, call) : []),
      ];
      return { inputs, failures };
    },

    modernized: withBareKeys,
    matters,
    replaces,

    async drift(state, news, call) {
      const found = await ports.driver.inspect(state.id, call);
      announce(found, asProperties(state.inputs), news, call);
      if (found.state === "running") return [];
      const change = { path: ["state"], kind: "update", of: "state", before: found.state, after: "running" } as const;
      return [{ ...change, replace: found.state === "absent" }];
    },

    async previewCreate(inputs, call) {
      announceKept(await keptDisks(ports, inputs["vmId"], call), inputs, call);
      return knownOnly({ ...inputs, forwards: previewForwards(inputs["forwards"]) });
    },

    async previewUpdate(state, inputs, call) {
      const found = await ports.driver.inspect(state.id, call);
      const restarts = found.state !== "running" || reshapingOf(found, inputs).withRestart.length > 0;
      const { hostId, hypervisorClass, connection, startup } = state.outputs;
      return {
        ...inputs,
        forwards: previewForwards(inputs["forwards"], state.outputs.forwards),
        state: "running",
        hostId: hostId ?? unknownValue,
        hypervisorClass: hypervisorClass ?? unknownValue,
        // A VM that restarts cannot be dialled in this preview: what stands on it plans with an unknown connection.
        connection: restarts || connection === undefined ? unknownValue : connection,
        startup: restarts || startup === undefined ? unknownValue : startup,
      };
    },

    async create(inputs, call) {
      const identity = await claimIdentity(ports, inputs.vmId, call);
      return { id: inputs.vmId, outputs: await bringUp({ ...ports, bake }, inputs, identity, call) };
    },

    async update(state, inputs, call) {
      const identity = wasMade(state)
        ? ((await ports.identities.read(state.id)) ?? identityIn(state, call.urn))
        : await claimIdentity(ports, state.id, call);
      return bringUp({ ...ports, bake }, inputs, identity, call);
    },

    async read(state, call) {
      const found = await ports.driver.inspect(state.id, call);
      if (found.state === "absent") return undefined;
      const identity = (await ports.identities.read(state.id)) ?? identityIn(state, call.urn);
      const inputs = inputsOf(found.spec, identity);
      return { inputs, outputs: outputsOf(inputs, identity, found, state.outputs) };
    },

    async delete(state, call) {
      if (!wasMade(state) && (await ports.identities.read(state.id))?.owner !== call.urn) return;
      await ports.driver.destroy(state.id, call);
      await ports.identities.remove(state.id);
    },
  });
}

function matters({ path }: Change): boolean {
  return path[0] !== "preload" && path[0] !== "start";
}

function replaces({ path, before, after }: Change): boolean {
  if (path[0] === "diskGiB") return typeof before === "number" && typeof after === "number" && after < before;
  return replacing.has(path[0]);
}

/** What becomes of a VM, where its changed inputs do not say it. */
function announce(found: VmInspection, before: Properties, news: Properties, call: Call): void {
  const { progress } = call;
  if (found.state !== "running") progress.warn(whyNotRunning(found));
  // Its create says what it finds.
  if (found.state === "absent") return;
  if (changesOf(before, news).filter(matters).some(replaces)) {
    announceReplacing(found, news, call);
    return;
  }
  const text = found.state === "stopped" ? undefined : announcementOf(reshapingOf(found, news));
  if (text !== undefined) progress.info(text);
}

/** What becomes of the data disks of a VM that is replaced. */
function announceReplacing(
  { spec: { dataDisks = [] }, outlivingDisks = [] }: PresentVm,
  news: Properties,
  { progress }: Call,
): void {
  const namedThen = knownDisks(news)?.map(({ name }) => name) ?? [];
  const lost = dataDisks.map(({ name }) => name).filter((name) => !outlivingDisks.includes(name));
  const again = outlivingDisks.filter((name) => namedThen.includes(name));
  const kept = outlivingDisks.filter((name) => !namedThen.includes(name));
  if (lost.length > 0) progress.warn(`it is replaced, and what is on its data disks goes with it: ${lost.join(", ")}`);
  if (again.length > 0) progress.info(`it is replaced, and has its data disks again: ${again.join(", ")}`);
  if (kept.length > 0) progress.info(`it is replaced, and disks that it had before are kept: ${kept.join(", ")}`);
}

/** Which of its data disks a new VM finds. */
function announceKept(kept: readonly KeptDisk[], news: Properties, { progress }: Call): void {
  const found = (knownDisks(news) ?? []).filter(({ name }) => kept.some((disk) => disk.name === name));
  if (found.length === 0) return;
  const names = found.map(({ name }) => name).join(", ");
  progress.info(`it has data disks that an earlier VM of its id has left, with what is on them: ${names}`);
}

/** Data disks that a VM of this id has again when it names them; none where the id is not known yet. */
async function keptDisks({ driver }: VmPorts, vmId: unknown, call: Call): Promise<readonly KeptDisk[]> {
  if (typeof vmId !== "string" || !vmName.test(vmId)) return [];
  return (await driver.inspect(vmId, call)).keptDisks ?? [];
}

/** Data disks that are smaller than they are. What could not be made, or not grow, is not as large as the program wanted it. */
async function shrinkingDisks(ports: VmPorts, inputs: Properties, call: Call): Promise<readonly CheckFailure[]> {
  const disks = knownDisks(inputs) ?? [];
  const { vmId } = inputs;
  if (disks.length === 0 || typeof vmId !== "string" || !vmName.test(vmId)) return [];
  const found = await ports.driver.inspect(vmId, call);
  const made = found.state === "absent" ? [] : (found.madeDisks ?? []);
  const shrinks = shrinking([...made, ...(found.keptDisks ?? [])], disks);
  if (shrinks === undefined) return [];
  return [{ property: "dataDisks", reason: `${shrinks}: a smaller one is another disk, with another name` }];
}

/** Memory that no VM can have here: said before one that runs is stopped for it, or an image is made. What a VM has is not asked about. */
function memoryRefusal({ driver }: VmPorts, memoryMiB: unknown, before: unknown): readonly CheckFailure[] {
  const refusal =
    typeof memoryMiB === "number" && memoryMiB !== before ? driver.problemWithMemory(memoryMiB) : undefined;
  return refusal === undefined ? [] : [{ property: "memoryMiB", reason: `${refusal.reason} → ${refusal.hint}` }];
}

/** False for one whose create was cut: what has its id may be another's. */
function wasMade({ outputs }: { readonly outputs: Partial<VmOutputs> }): boolean {
  return outputs.hostId !== undefined;
}

function whyNotRunning(found: Exclude<VmInspection, { state: "running" }>): string {
  switch (found.state) {
    case "absent":
      return "it is not on this workstation: up makes it anew, with an empty disk";
    case "stopped":
      return `it is stopped: ${found.lastExit?.reason ?? "it was switched off"}; up starts it again, with its disk`;
    case "paused":
      return "it is paused, saved with its memory: up lets it go on";
    case "halted":
      return `it is halted: ${found.reason}; up lets it go on`;
  }
}

/** `PROJECT-STACK-NAME` as far as an id may hold it: unique on the workstation, and the same in every run. */
function defaultVmId(urn: string): string {
  const { project, stack, name } = parseUrn(urn);
  const words = [project, stack, name].map((part) => part.toLowerCase().replace(/[^a-z0-9]+/g, "-"));
  return words.join("-").replace(/^-+/, "").slice(0, 63).replace(/-+$/, "");
}

/** Each key by itself: a program may give the lines of an `authorized_keys`, or all of it. */
function withBareKeys({ authorizedKeys, ...others }: Properties): Properties {
  if (!isList(authorizedKeys)) return { ...others, authorizedKeys };
  const keys = authorizedKeys.flatMap((text): readonly Value[] =>
    typeof text === "string" ? authorizedKeysIn(text) : [text],
  );
  return { ...others, authorizedKeys: keys };
}

/** By the places that keys have in the program: among the bare ones they are others. */
function refusedKeys({ authorizedKeys }: Properties): readonly CheckFailure[] {
  if (!isList(authorizedKeys)) return [];
  return authorizedKeys.flatMap((text, index) =>
    (typeof text === "string" ? problemsWithAuthorizedKeys(text) : []).map((reason) => ({
      property: `authorizedKeys[${index}]`,
      reason,
    })),
  );
}

/** Without those that say nothing. */
function saying(properties: Properties): Properties {
  const says = ([name, value]: [string, unknown]): boolean =>
    value !== undefined && value !== null && !(name === "pool" && value === 0);
  return Object.fromEntries(Object.entries(properties).filter(says));
}
