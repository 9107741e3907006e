import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, jest, test } from "@jest/globals";
import { findEngine, type Engine } from "../../modules/engine/index.ts";
import type { ProviderDefinition, ProviderFunction } from "../../modules/provider/kit/server.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { emptyCloudProject } from "../support/clouds/cloud-project.ts";
import { findCloud, type Cloud } from "../support/clouds/emulated-clouds.ts";
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
else {
  const { engine } = finding;
  describe(suite, () => lookUps(engine));
  const cloud = await findCloud("aws", home);
  const withoutPermission = "what AWS may not be asked";
  if ("reason" in cloud) notRun(withoutPermission, cloud.reason);
  else describe(withoutPermission, () => forbiddenLookUps(engine, cloud.start));
}

interface Question {
  /** Why a look-up has no answer, by its name. */
  readonly failing: Readonly<Record<string, string>>;
  readonly args: object;
}

const functionsOf = (
  all: Readonly<Record<string, string | ReturnType<ProviderFunction>>>,
): Readonly<Record<string, ProviderFunction>> =>
  Object.fromEntries(
    Object.entries(all).map(([name, answer]): [string, ProviderFunction] => [
      token(name),
      () => (typeof answer === "string" ? Promise.reject(new Error(answer)) : answer),
    ]),
  );
/** It makes nothing. */
const aws: ProviderDefinition = { name: "aws", version: "7.48.0", resources: [], functions: functionsOf(answers) };

/** What a preview of a host says to its user. */
async function previewed(
  engine: Engine,
  { failing, args }: Question,
  cloud: ProviderDefinition = aws,
): Promise<{ code: number; all: string }> {
  const provider = { ...cloud, functions: { ...cloud.functions, ...functionsOf(failing) } };
  await using project = await emptyCloudProject(engine, provider);
  const program = `import { Ec2Host } from "stackhouse/aws";\nnew Ec2Host("web", ${JSON.stringify(args)});\n`;
  for (const [name, text] of Object.entries({ ...esModules, "Pulumi.yaml": manifest, "index.mjs": program })) {
    await writeFile(join(project.path, name), text);
  }
  const { code, stdout, stderr } = await project.stackhouse("preview");
  return { code, all: `${stdout}\n${stderr}` };
}

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
    const { code, all } = await previewed(engine, { failing, args });
    expect(code).not.toBe(0);
    expect([...new Set(all.match(line))]).toEqual(said);
    expect(all).not.toMatch(/error serializing|unhandled exception|\n\s+at /u);
  });
}

function forbiddenLookUps(engine: Engine, start: () => Promise<Cloud>): void {
  const failing = {
    getInstanceTypeOfferings: inItsWords(
      "getInstanceTypeOfferings",
      "reading EC2 Instance Type Offerings: operation error EC2: DescribeInstanceTypeOfferings, https response error StatusCode: 403, api error " +
        "UnauthorizedOperation: You are not authorized to perform this operation.",
    ),
  };
  test.each([{}, { availabilityZone: "eu-central-1a" }])(
    "of the zones that have an instance type, for want of a permission, is a warning that names it: %j",
    async (args) => {
      await using cloud = await start();
      const { code, all } = await previewed(engine, { failing, args }, cloud.provider);
      expect({ code, all }).toEqual({
        code: 0,
        all: expect.stringContaining("the credentials have no permission for ec2:DescribeInstanceTypeOfferings"),
      });
      expect(all).not.toContain("could not look up");
    },
  );

  test("of a zone without a default subnet is an error also where AWS does not say what zones have", async () => {
    const args = { availabilityZone: "eu-central-1b" };
    const { code, all } = await previewed(engine, { failing, args });
    expect(code).not.toBe(0);
    expect(all).toContain("eu-central-1b, where the host is to be, has no default subnet. Give subnetId");
  });
}
