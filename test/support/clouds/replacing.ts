/**
 * What the clouds' providers do with a changed input of a machine, of those that the hosts here give: a fact of theirs, which mocks cannot tell. `replace` is `ForceNew` in their
 * schemas, `restart` is an update for which they stop the machine; any other input is updated in place.
 * Sources: internal/service/ec2/ec2_instance.go of hashicorp/terraform-provider-aws, digitalocean/droplet/resource_droplet.go of
 * digitalocean/terraform-provider-digitalocean.
 */
const replace: Readonly<Record<string, readonly string[]>> = {
  "aws:ec2/instance:Instance": [
    "ami",
    "associatePublicIpAddress",
    "instanceMarketOptions",
    "keyName",
    "rootBlockDevice.encrypted",
    "subnetId",
  ],
  "digitalocean:index/droplet:Droplet": ["image", "region", "sshKeys", "userData", "monitoring", "vpcUuid"],
};

/** Replaced when it is turned off: there is no way back. `ForceNewIfChange` in their schemas. */
const replaceWhenOff: Readonly<Record<string, readonly string[]>> = {
  "digitalocean:index/droplet:Droplet": ["ipv6"],
};

const restart: Readonly<Record<string, readonly string[]>> = {
  "aws:ec2/instance:Instance": ["instanceType", "userData"],
  "digitalocean:index/droplet:Droplet": ["size"],
};

export type Effect = "replace" | "restart" | "update" | "nothing";

/** What becomes of a machine whose inputs change to `after`. */
export function effectOn(type: string, changed: readonly string[], after: Inputs): Effect {
  const touches = (inputs: readonly string[] = []): boolean =>
    changed.some((path) => inputs.some((input) => path === input || path.startsWith(`${input}.`)));
  const goesOff = (replaceWhenOff[type] ?? []).filter((input) => after[input] === false);
  if (touches(replace[type]) || touches(goesOff)) return "replace";
  if (touches(restart[type])) return "restart";
  return changed.length > 0 ? "update" : "nothing";
}

type Inputs = Readonly<Record<string, unknown>>;

/** The paths at which two values differ: `rootBlockDevice.volumeSize`. */
export function changedPaths(before: Inputs, after: Inputs, prefix = ""): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) => {
    const [a, b] = [before[key], after[key]];
    const path = `${prefix}${key}`;
    if (isObject(a) && isObject(b)) return changedPaths(a, b, `${path}.`);
    return JSON.stringify(a) === JSON.stringify(b) ? [] : [path];
  });
}

function isObject(value: unknown): value is Inputs {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
