import { isDeepStrictEqual } from "node:util";
import { StackhouseError } from "../../../base/errors.ts";
import { asProperties, defineResource } from "../../kit/define.ts";
import type { Call, Resource } from "../../kit/resource.ts";
import { knownOnly, type Properties } from "../../kit/values.ts";
import { appId } from "../ids.ts";
import { appInputsSchema, appOutputsSchema, type AppInputs, type AppOutputs } from "../schema.ts";
import { removeFromHost, type LostHostPorts } from "../lost-host.ts";
import { findVmHost, type VmHosts } from "../vm/hosts.ts";
import { applyApp, removeApp, type ApplyPorts } from "./apply.ts";
import { checkApp } from "./check.ts";
import { driftOf } from "./drift.ts";
import { showPlan } from "./preview.ts";
import { readApp } from "./read.ts";
import { loadApp, type LoadedApp } from "./source.ts";

export interface AppPorts extends ApplyPorts, VmHosts, LostHostPorts {}

export const appType = "stackhouse:index:App";

const minute = 60_000;

/** These show in what `check` computes from them: a file that moved, or a variable that nobody uses, changes nothing. */
const sources: ReadonlySet<unknown> = new Set([
  "projectDirectory",
  "files",
  "inline",
  "envFiles",
  "profiles",
  "variables",
  "secrets",
  "imageArchives",
]);
/** What a host cannot tell an import. */
const unknownToImport: ReadonlySet<unknown> = new Set(["modelDigest", "archives", "registries", "deleteVolumes"]);

/** `stackhouse:index:App`: an app on a host. Its id is `HOSTID/NAME`. */
export function appResource(ports: AppPorts): Resource {
  return defineResource({
    type: appType,
    inputs: appInputsSchema,
    outputs: appOutputsSchema,
    secrets: [
      ["connection", "privateKey"],
      ["connection", "jump"],
      ["connection", "sudoPassword"],
      ["secrets"],
      ["registries"],
    ],
    // URLs and ports are at its host's address.
    repeats: [{ input: ["connection", "address"], output: ["services"] }],
    deadlines: { create: 15 * minute, read: minute, update: 15 * minute, delete: 5 * minute },
    // The old app and the new one may want the same ports.
    deleteBeforeReplace: true,
    prepare: (news, previous, call) => checkApp(ports.driver, news, previous, call),
    matters: ({ path: [key], before }) => !sources.has(key) && !(unknownToImport.has(key) && before === undefined),
    replaces: ({ path: [key] }) => key === "hostId" || key === "name",
    drift: (state, news, call) => driftOf(ports, state, news, call),

    async previewCreate(inputs, call) {
      await showPlan(ports, inputs, "create", call);
      return knownOutputs(inputs);
    },

    async previewUpdate(_state, inputs, call) {
      await showPlan(ports, inputs, "update", call);
      return knownOutputs(inputs);
    },

    async create(inputs, call) {
      return { id: appId(inputs), outputs: await apply(ports, inputs, {}, call) };
    },

    update: (state, inputs, call) => apply(ports, inputs, state.outputs, call),
    read: (state, call) => readApp(ports, state, call),

    async delete(state, call) {
      const target = removeSchema.parse(state.inputs);
      const { hostId, exposure } = target;
      const { vmId } = exposure.via === "local-vm" ? exposure : {};
      const vm = vmId === undefined ? undefined : await findVmHost(ports, { hostId, vmId }, call);
      if (vm?.state === "absent") return;
      const remembered = vm?.connection ?? target.connection;
      await removeFromHost(ports, remembered, call, (connection) => removeApp(ports, { ...target, connection }, call));
    },
  });
}

const removeSchema = appInputsSchema
  .pick({ hostId: true, connection: true, exposure: true, name: true })
  // An import does not know any.
  .extend({ deleteVolumes: appInputsSchema.shape.deleteVolumes.default([]) })
  .strip();

/** Files are read again, and must be as `check` saw them, maybe minutes ago: nothing is applied that no preview has shown. */
function apply(ports: AppPorts, inputs: AppInputs, before: Partial<AppOutputs>, call: Call): Promise<AppOutputs> {
  const loaded = loadApp(asProperties(inputs), call);
  if (!loaded.ok || loaded.app.desired === undefined || !isAsChecked(loaded.app, inputs)) {
    const details = loaded.ok ? [] : loaded.failures.map(({ reason }) => reason);
    throw new StackhouseError("stackfile.invalid", "the stack file changed while up ran", {
      details,
      hint: "stackhouse up applies it as it is now",
    });
  }
  return applyApp(ports, inputs, { desired: loaded.app.desired, before }, call);
}

function isAsChecked({ computed }: LoadedApp, { fingerprints, modelDigest }: AppInputs): boolean {
  return computed.modelDigest === modelDigest && isDeepStrictEqual(computed.fingerprints, fingerprints);
}

function knownOutputs(inputs: Properties): Properties {
  const { hostId, connection, exposure, name, fingerprints, modelDigest } = inputs;
  return knownOnly({ hostId, connection, exposure, name, fingerprints, modelDigest });
}
