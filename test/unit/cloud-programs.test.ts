import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type * as pulumi from "@pulumi/pulumi";
import { mockClouds, type MockClouds } from "../support/clouds/mock-clouds.ts";
import { runCli } from "../support/cli.ts";
import { testFolder } from "../support/folder.ts";
import { allRegistered, valueOf } from "../support/provider/mocks.ts";

let clouds: MockClouds;
const home = process.cwd();

beforeAll(async () => {
  clouds = await mockClouds("up");
});
beforeEach(() => {
  clouds.registered.length = 0;
  // Making images takes packages and minutes; that is another room's.
  jest.unstable_mockModule("../../modules/apps/container-images.ts", () => ({ debianImages: () => "/images.tar" }));
});
afterEach(() => {
  process.chdir(home);
});

const typesOf = (): readonly string[] => clouds.registered.map(({ type }) => type);
const opened = (): readonly unknown[] =>
  clouds.registered.flatMap(({ inputs }) => [
    ...("fromPort" in inputs ? [inputs["fromPort"]] : []),
    ...((inputs["inboundRules"] as { portRange: string }[] | undefined) ?? []).map(({ portRange }) =>
      Number(portRange),
    ),
  ]);

interface Program {
  readonly url: pulumi.Output<string>;
}

describe.each([
  ["aws", "aws:ec2/instance:Instance", "aws:ebs/volume:Volume"],
  ["digitalocean", "digitalocean:index/droplet:Droplet", "digitalocean:index/volume:Volume"],
])("the programs for %s", (host, machine, volume) => {
  test("of this checkout make a machine, its data volume and the app, with port 80 open", async () => {
    const { url } = (await import(`../../stacks/${host}.ts`)) as Program;
    expect(await valueOf(url)).toBe("http://198.51.100.1");
    await allRegistered();
    expect(typesOf()).toEqual(expect.arrayContaining([machine, volume, "stackhouse:index:App"]));
    expect(new Set(opened())).toEqual(new Set([22, 80]));
  });

  test("that stackhouse init writes do so too, with port 8080 open", async () => {
    await using folder = await testFolder();
    const project = join(folder.path, "shop");
    expect((await runCli(["init", "--host", host, "-C", project], { cwd: folder.path })).code).toBe(0);
    process.chdir(project);
    const { url } = (await import(join(project, "index.ts"))) as Program;
    expect(await valueOf(url)).toBe("http://198.51.100.1");
    await allRegistered();
    expect(typesOf()).toEqual(expect.arrayContaining([machine, volume, "stackhouse:index:App"]));
    expect(new Set(opened())).toEqual(new Set([22, 8080]));
  });
});
