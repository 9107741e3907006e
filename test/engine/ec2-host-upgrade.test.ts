import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { App } from "../../index.ts";
import { Ec2Host, type Ec2HostArgs } from "../../modules/hosts/aws/index.ts";
import { inventoryOf, instancesOf } from "../support/clouds/aws/account.ts";
import { describeOnAws } from "../support/clouds/aws/session.ts";
import { recordedCall } from "../support/engine/session.ts";
import { rowsOf } from "../support/provider/rows.ts";

interface Stored {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: object;
  readonly outputs?: object;
}
interface Checkpoint {
  readonly checkpoint: { readonly latest: { resources: Stored[] } };
}

/** What was noted of a host was in these, before all of it came into `NAME-allowed`. */
const older: Readonly<Record<string, { readonly type: string; readonly name: string; readonly values: object }>> = {
  "machine-allowed": {
    ...{ type: "Allowed", name: "machine-offer" },
    values: {
      about: "ami-1 eu-central-1a",
      value: "eu-central-1a",
      allowed: ["eu-central-1a"],
      reason: "no such type",
    },
  },
  "machine-made": {
    ...{ type: "Allowed", name: "machine-reach" },
    values: { about: "ami-1", value: "of the subnet", allowed: ["of its own", "of the subnet"], reason: "no address" },
  },
  "machine-address": {
    ...{ type: "Fixed", name: "machine-address" },
    values: { value: "automatic", leaving: "elastic", reason: "keep it" },
  },
  "machine-public": {
    ...{ type: "Allowed", name: "machine-public" },
    values: { value: "127.0.0.2", allowed: ["127.0.0.2"], reason: "does not run" },
  },
};

/** Makes the state of a host what a version before `NAME-allowed` left of it. */
function asBefore(text: string): string {
  const { checkpoint } = JSON.parse(text) as Checkpoint;
  const names = Object.entries(older).filter(([, { type, name }]) => `${type} ${name}` !== "Allowed machine-public");
  // Others depend on them, so they are renamed everywhere.
  const renamed = names.reduce(
    (all, [name, to]) =>
      all.replaceAll(`stackhouse:index:Allowed::${name}"`, `stackhouse:index:${to.type}::${to.name}"`),
    text,
  );
  const state = JSON.parse(renamed) as Checkpoint;
  state.checkpoint.latest.resources = state.checkpoint.latest.resources.flatMap((resource) => {
    const [, type = "", name = ""] = /\$?stackhouse:index:(Allowed|Fixed)::(.+)$/u.exec(resource.urn) ?? [];
    const found = Object.values(older).find((one) => one.type === type && one.name === name);
    if (found === undefined) return [resource];
    const { values } = found;
    const before = { ...resource, type: `stackhouse:index:${type}`, inputs: values, outputs: values };
    if (name !== "machine-address") return [before];
    const zone = { value: "eu-central-1a", reason: "the volume is there" };
    const ofVolume = { ...before, urn: before.urn.replace(/machine-address$/u, "machine-data-zone"), inputs: zone };
    return [before, { ...ofVolume, outputs: zone }];
  });
  expect(state.checkpoint.latest.resources).toHaveLength(checkpoint.latest.resources.length + 1);
  return JSON.stringify(state);
}

/** The file that has the state of a Pulumi stack in the workstation's backend. */
async function stateFileIn(folder: string): Promise<string> {
  const names = await readdir(join(folder, "home"), { recursive: true });
  const found = names.filter((name) => /stacks\/.*dev\.json$/u.test(name));
  expect(found).toHaveLength(1);
  return join(folder, "home", found[0] ?? "");
}

await describeOnAws("an EC2 host of a version that noted in other resources what it was made of", (session) => {
  test("is refreshed, goes on as it is, is guarded from then on, and is destroyed", async () => {
    const { account, folder, open } = session();
    const wanted: { args: Ec2HostArgs } = { args: {} };
    const stack = await open(async () => {
      const host = new Ec2Host("machine", { sshFrom: ["203.0.113.0/24"], dataVolume: { sizeGiB: 8 }, ...wanted.args });
      const inline = { name: "shop", services: { web: { image: "web:1", ports: ["80:8080"] } } };
      return { release: new App<"web">("shop", { host, inline }).release };
    });
    await stack.up(recordedCall());
    const all = await inventoryOf(account);
    const file = await stateFileIn(folder);
    await writeFile(file, asBefore(await readFile(file, "utf8")));

    await stack.refresh(recordedCall());
    const preview = recordedCall();
    await stack.preview(preview);
    expect(rowsOf(preview, "aws:ec2/instance:Instance").map(({ op }) => op)).toEqual(["same"]);
    await stack.up(recordedCall());
    expect(await inventoryOf(account)).toEqual(all);
    expect(JSON.stringify(await stack.export("encrypted"))).not.toMatch(
      /index:Fixed|machine-(?:offer|reach|data-zone)"/u,
    );
    expect(await stack.preview(recordedCall())).toMatchObject({ changed: false });

    wanted.args = { availabilityZone: "eu-central-1b" };
    await expect(stack.up(recordedCall())).rejects.toMatchObject({
      details: expect.arrayContaining([expect.stringContaining("nor its instance can leave its zone")]),
    });
    expect(await inventoryOf(account)).toEqual(all);
    await stack.destroy(recordedCall());
    expect(await inventoryOf(account)).toEqual([]);
    expect((await instancesOf(account)).filter(({ State }) => State?.Name === "running")).toEqual([]);
  });

  test("is destroyed without an up in between", async () => {
    const { account, folder, open } = session();
    const stack = await open(async () => {
      const host = new Ec2Host("machine", { sshFrom: ["203.0.113.0/24"], dataVolume: { sizeGiB: 8 } });
      return { id: host.instanceId };
    });
    await stack.up(recordedCall());
    const file = await stateFileIn(folder);
    await writeFile(file, asBefore(await readFile(file, "utf8")));
    await stack.destroy(recordedCall());
    expect(await inventoryOf(account)).toEqual([]);
  });
});
