import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, jest, test } from "@jest/globals";
import { findEngine, type Engine } from "../../modules/engine/index.ts";
import type { ProviderFunction } from "../../modules/provider/kit/server.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { emptyCloudProject } from "../support/clouds/cloud-project.ts";
import { notRun } from "../support/not-run.ts";
import { esModules } from "../support/vm-project.ts";

jest.setTimeout(120_000);
const home = homeFrom(process.env);
const signal = AbortSignal.timeout(60_000);
const finding = await findEngine({ home, env: process.env, clock: systemClock, signal });

const manifest = `name: shop
main: index.mjs
runtime: { name: nodejs, options: { typescript: false } }
plugins: { providers: [{ name: stackhouse, path: node_modules/stackhouse/bin }] }
`;
const subnetId = "subnet-0123456789abcdef0";

const token = (name: string): string => `aws:${name === "getRegion" ? "index" : "ec2"}/${name}:${name}`;
const answers: Readonly<Record<string, ReturnType<ProviderFunction>>> = {
  getRegion: Promise.resolve({ region: "eu-central-1" }),
  getAmiIds: Promise.resolve({ ids: ["ami-1"] }),
  getInstanceTypeOfferings: Promise.resolve({ locations: ["eu-central-1a"] }),
  getSubnets: Promise.resolve({ ids: [subnetId] }),
  getSubnet: Promise.resolve({ availabilityZone: "eu-central-1a", vpcId: "vpc-1", mapPublicIpOnLaunch: true }),
};

/** As the provider of Pulumi puts it. */
const inItsWords = (name: string, reason: string): string =>
  `invoking ${token(name)}: 1 error occurred:\n\t* ${reason}\n\n`;
const noCredentials =
  "unable to validate AWS credentials.\nDetails: No valid credential sources found.\nMake sure you have:\n\n" +
  " \t • Set your AWS region, e.g. export AWS_REGION=us-west-2\n \t • Configured your AWS credentials";

const suite = "what AWS does not say";
if (finding.kind !== "found") notRun(suite, finding.reason);
else describe(suite, () => lookUps(finding.engine));

function lookUps(engine: Engine): void {
  const line = /could not look up .*/gu;
  const advice = "credentials that may see it (aws sts get-caller-identity says whose they are)";

  test.each([
    {
      failing: { getSubnet: inItsWords("getSubnet", "reading EC2 Subnet: couldn't find resource") },
      args: { subnetId },
      said: [
        `could not look up the subnet ${subnetId} in eu-central-1: reading EC2 Subnet: couldn't find resource; check that it is there, and ${advice}`,
      ],
    },
    {
      failing: { getAmiIds: inItsWords("getAmiIds", "reading EC2 AMIs: UnauthorizedOperation: not allowed") },
      args: {},
      said: [
        `could not look up images of debian-13 for x86_64 in eu-central-1: reading EC2 AMIs: UnauthorizedOperation: not allowed; check that it is there, and ${advice}`,
      ],
    },
    {
      failing: Object.fromEntries(Object.keys(answers).map((name) => [name, noCredentials])),
      args: {},
      said: [
        expect.stringMatching(
          /^could not look up the region of AWS: unable to validate AWS credentials\. Details: No valid credential sources found\. Make sure you have; give one /u,
        ),
      ],
    },
  ])("is one line, with what to do: $said", async ({ failing, args, said }) => {
    const functions = Object.fromEntries(
      Object.entries({ ...answers, ...failing }).map(([name, answer]): [string, ProviderFunction] => [
        token(name),
        () => (typeof answer === "string" ? Promise.reject(new Error(answer)) : answer),
      ]),
    );
    const provider = { name: "aws", version: "7.48.0", resources: [], functions };
    await using project = await emptyCloudProject(engine, provider);
    const program = `import { Ec2Host } from "stackhouse/aws";\nnew Ec2Host("web", ${JSON.stringify(args)});\n`;
    for (const [name, text] of Object.entries({ ...esModules, "Pulumi.yaml": manifest, "index.mjs": program })) {
      await writeFile(join(project.path, name), text);
    }
    const { code, stdout, stderr } = await project.stackhouse("preview");
    expect(code).not.toBe(0);
    const all = `${stdout}\n${stderr}`;
    expect([...new Set(all.match(line))]).toEqual(said);
    expect(all).not.toMatch(/error serializing|unhandled exception|\n\s+at /u);
  });
}
