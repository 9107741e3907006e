import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, jest, test } from "@jest/globals";
import { findEngine, type Engine } from "../../modules/engine/index.ts";
import type { ProviderDefinition, ProviderFunction } from "../../modules/provider/kit/server.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { emptyCloudProject } from "../support/clouds/cloud-project.ts";
import { startApiDouble } from "../support/clouds/digitalocean/api-double.ts";
import { digitaloceanProvider } from "../support/clouds/digitalocean/provider.ts";
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

interface Host {
  readonly component: string;
  readonly from: string;
  readonly token: (name: string) => string;
}
const token = (name: string): string => `aws:${name === "getRegion" ? "index" : "ec2"}/${name}:${name}`;
const ec2: Host = { component: "Ec2Host", from: "stackhouse/aws", token };
const droplet: Host = {
  component: "DropletHost",
  from: "stackhouse/digitalocean",
  token: (name) => `digitalocean:index/${name}:${name}`,
};
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
  describe("what DigitalOcean does not say", () => regionLookUps(engine));
  const cloud = await findCloud("aws", home);
  const withoutPermission = "what AWS may not be asked";
  if ("reason" in cloud) notRun(withoutPermission, cloud.reason);
  else describe(withoutPermission, () => forbiddenLookUps(engine, cloud.start));
}

interface Question {
  /** Default: an EC2 instance. */
  readonly host?: Host;
  /** Why a look-up has no answer, by its name. */
  readonly failing: Readonly<Record<string, string>>;
  readonly args: object;
}

const functionsOf = (
  all: Readonly<Record<string, string | ReturnType<ProviderFunction>>>,
  host: Host = ec2,
): Readonly<Record<string, ProviderFunction>> =>
  Object.fromEntries(
    Object.entries(all).map(([name, answer]): [string, ProviderFunction] => [
      host.token(name),
      () => (typeof answer === "string" ? Promise.reject(new Error(answer)) : answer),
    ]),
  );
/** It makes nothing. */
const aws: ProviderDefinition = { name: "aws", version: "7.48.0", resources: [], functions: functionsOf(answers) };

/** What a preview of a host says to its user. */
async function previewed(
  engine: Engine,
  { failing, args, host = ec2 }: Question,
  cloud: ProviderDefinition = aws,
): Promise<{ code: number; all: string }> {
  const provider = { ...cloud, functions: { ...cloud.functions, ...functionsOf(failing, host) } };
  await using project = await emptyCloudProject(engine, provider);
  const program = `import { ${host.component} } from "${host.from}";\nnew ${host.component}("web", ${JSON.stringify(args)});\n`;
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

/** As the client of DigitalOcean's API puts it, which the provider has: request, status, id of the request, message. */
const refusedWith = (status: number, message: string): string =>
  `invocation of digitalocean:index/getRegion:getRegion returned an error: Error retrieving regions: ` +
  `GET https://api.digitalocean.com/v2/regions?page=1&per_page=200: ${status} (request "4f1a") ${message}`;

function regionLookUps(engine: Engine): void {
  const line = /could not look up .*/gu;
  const advice =
    "check its name (doctl compute region list), and give a token that may see it (DIGITALOCEAN_TOKEN, or pulumi config set --secret digitalocean:token); " +
    "where DigitalOcean has trouble (https://status.digitalocean.com) or had too many requests, run this again later";

  test.each([
    [401, "Unable to authenticate you"],
    [429, "Too many requests"],
    [503, "Server was unable to give you a response."],
  ])("is one line, with what to do: %i %s", async (status, message) => {
    const failing = { getRegion: refusedWith(status, message) };
    const nothing: ProviderDefinition = { name: "digitalocean", version: "4.80.1", resources: [] };
    const args = { region: "fra1" };
    const { code, all } = await previewed(engine, { failing, args, host: droplet }, nothing);
    expect(code).not.toBe(0);
    const said = message.replace(/\.$/u, "");
    expect([...new Set(all.match(line))]).toEqual([
      expect.stringMatching(/^could not look up the region fra1 of DigitalOcean: Error retrieving regions: GET /u),
    ]);
    expect(all).toContain(`: ${status} (request "4f1a") ${said}; ${advice}`);
    expect(all).not.toMatch(/error serializing|unhandled exception|\n\s+at /u);
  });

  test("of a token that is wrong is one line, and so is a region that is none", async () => {
    await using double = await startApiDouble("dop_v1_test");
    for (const [token, region, said] of [
      ["dop_v1_wrong", "fra1", "401 Unable to authenticate you"],
      ["dop_v1_test", "xyz9", "Region does not exist: xyz9"],
    ] as const) {
      const cloud = digitaloceanProvider({ url: double.url, token });
      const { code, all } = await previewed(engine, { failing: {}, args: { region }, host: droplet }, cloud);
      expect(code).not.toBe(0);
      const lines = [...new Set(all.match(line))];
      expect(lines).toEqual([expect.stringContaining(`could not look up the region ${region} of DigitalOcean: `)]);
      expect(lines[0]).toContain(`${said}; ${advice}`);
    }
    expect(double.cloud.inventory()).toEqual([]);
  });

  test("of sizes, for want of a permission, is a warning that names it", async () => {
    await using double = await startApiDouble("dop_v1_test");
    const cloud = digitaloceanProvider({ url: double.url, token: "dop_v1_test" });
    const failing = { getRegion: refusedWith(403, "You are not authorized to perform this operation") };
    const { code, all } = await previewed(engine, { failing, args: { region: "fra1" }, host: droplet }, cloud);
    expect({ code, all }).toEqual({
      code: 0,
      all: expect.stringContaining("the token has no permission for regions:read and sizes:read"),
    });
  });
}
