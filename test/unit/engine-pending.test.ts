import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { silentProgress } from "../../modules/base/progress.ts";
import { hasPending, settlePending, type PulumiCli } from "../../modules/engine/pending.ts";
import { idFromInputs } from "../../modules/provider/resources/ids.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stackhouse-pending-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const vm = { urn: "urn:vm", type: "stackhouse:index:Vm", custom: true, inputs: { vmId: "box", cpus: 2 } };
const bucket = { urn: "urn:bucket", type: "aws:s3/bucket:Bucket", custom: true, inputs: {} };
const creating = (resource: object): object => ({ type: "creating", resource });

/** The deployment after settling; undefined where nothing was imported. */
async function settled(deployment: object, progress = silentProgress): Promise<unknown> {
  let imported: unknown;
  const pulumi: PulumiCli = async (args) => {
    if (args[1] === "export") return JSON.stringify({ version: 3, deployment });
    const state = JSON.parse(await readFile(args[3]!, "utf8")) as { deployment: unknown };
    imported = state.deployment;
    return "";
  };
  await settlePending(pulumi, { folder, progress, idOf: idFromInputs });
  expect(await readdir(folder)).toEqual([]);
  return imported;
}

test("without pending operations nothing is imported", async () => {
  expect(await settled({ resources: [vm] })).toBeUndefined();
});

test("a create that was cut is taken for made and unfinished: the next run finishes it, or removes it", async () => {
  const deployment = await settled({ resources: [bucket], pending_operations: [creating(vm)] });
  expect(deployment).toEqual({
    resources: [bucket, { ...vm, id: "box", outputs: vm.inputs, initErrors: [expect.stringContaining("cut short")] }],
    pending_operations: [],
  });
});

test("what the killed run was at is told by its kind and name, as rows do", async () => {
  const said: string[] = [];
  const progress = { ...silentProgress, info: (text: string) => void said.push(text) };
  const urn = "urn:pulumi:dev::p6::stackhouse:hosts:LocalVm$stackhouse:index:Vm::box";
  await settled({ pending_operations: [creating({ ...vm, urn })] }, progress);
  expect(said).toEqual(["the killed run was creating Vm box"]);
});

test("it takes the place of the one that it was to replace", async () => {
  const placeholder = { ...vm, id: "old", pendingReplacement: true };
  const deployment = await settled({ resources: [placeholder], pending_operations: [creating(vm)] });
  expect(deployment).toMatchObject({ resources: [{ id: "box" }] });
});

test("one that is in the state already stays as it is", async () => {
  const made = { ...vm, id: "box", outputs: { state: "running" } };
  const deployment = await settled({ resources: [made], pending_operations: [creating(vm)] });
  expect(deployment).toEqual({ resources: [made], pending_operations: [] });
});

test("an update or delete that was cut is forgotten: it is run again", async () => {
  const deployment = { resources: [vm], pending_operations: [{ type: "updating", resource: vm }] };
  expect(await settled(deployment)).toEqual({ resources: [vm], pending_operations: [] });
});

test("operations on resources of others stay for a person to judge", async () => {
  expect(await settled({ pending_operations: [creating(bucket)] })).toBeUndefined();
  expect(await settled({ pending_operations: [creating(bucket), creating(vm)] })).toMatchObject({
    resources: [{ id: "box" }],
    pending_operations: [creating(bucket)],
  });
});

test.each([
  ["nothing that was deployed", undefined, false],
  ["no run yet", JSON.stringify({ version: 3, checkpoint: {} }), false],
  ["a clean end", stored([]), false],
  ["a create of ours that was cut", stored([creating(vm)]), true],
  ["operations of others alone", stored([creating(bucket)]), false],
  ["a file that is not understood", "{", true],
])("a state file tells whether there is something to settle: %s", (_, state, expected) => {
  expect(hasPending(state, idFromInputs)).toBe(expected);
});

function stored(pending: readonly object[]): string {
  return JSON.stringify({ version: 3, checkpoint: { latest: { resources: [bucket], pending_operations: pending } } });
}

test.each([
  ["stackhouse:index:Vm", { vmId: "box" }, "box"],
  ["stackhouse:index:Agent", { hostId: "SHA256:x/y" }, "SHA256:x/y"],
  ["stackhouse:index:App", { hostId: "SHA256:x", name: "shop" }, "SHA256:x/shop"],
  ["stackhouse:index:App", { hostId: "SHA256:x" }, undefined],
  ["aws:s3/bucket:Bucket", { vmId: "box" }, undefined],
])("the id of %s with %j is %s", (type, inputs, id) => {
  expect(idFromInputs(type, inputs)).toBe(id);
});
