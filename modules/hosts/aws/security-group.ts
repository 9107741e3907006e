import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup.js";
import { SecurityGroupEgressRule } from "@pulumi/aws/vpc/securityGroupEgressRule.js";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc/securityGroupIngressRule.js";
import type * as pulumi from "@pulumi/pulumi";
import { checkPublished, type Firewall } from "../cloud/firewall.ts";
import { isIpv6, world } from "../cloud/ranges.ts";
import type { AppSource } from "../host.ts";
import { fixedPorts, nameOfPort, openingsFor, type PublishedPort } from "../publishing/fixed-ports.ts";

export interface SecurityGroupSettings {
  readonly vpcId: pulumi.Input<string>;
  readonly firewall: Firewall;
  readonly tags: Readonly<Record<string, pulumi.Input<string>>>;
  /** What must be there before. */
  readonly after: readonly pulumi.Resource[];
}

/** Who may reach an instance. A rule each for a port and a range: apps come and go one by one. */
export class SecurityGroupOf {
  readonly id: pulumi.Output<string>;
  /** What the instance needs from its first boot on: SSH in, everything out. */
  readonly rules: pulumi.Resource[];
  readonly #name: string;
  readonly #settings: SecurityGroupSettings;
  readonly #parent: pulumi.Resource;
  readonly #open = new Set<string>();

  constructor(name: string, settings: SecurityGroupSettings, parent: pulumi.Resource) {
    this.#name = name;
    this.#settings = settings;
    this.#parent = parent;
    const { vpcId, tags, firewall, after } = settings;
    const description = "A Stackhouse host: SSH, and what its apps publish";
    const group = new SecurityGroup(name, { description, tags, vpcId }, { parent, dependsOn: [...after] });
    this.id = group.id;
    const ssh = { service: "ssh", from: 22, to: 22, target: 22, protocol: "tcp" } as const;
    this.rules = [...this.#allow(ssh, firewall.sshFrom), ...world.map((range) => this.#allowOut(range))];
  }

  get publishTo(): readonly string[] {
    return this.#settings.firewall.publishTo;
  }

  /** Opens what an app publishes, and says what that is. A port that is open already stays so. */
  publish(app: AppSource): readonly PublishedPort[] {
    const { firewall } = this.#settings;
    const ports = fixedPorts(app);
    checkPublished(app.name, ports, firewall);
    const fresh = openingsFor(ports).filter((port) => !this.#open.has(nameOfPort(port)));
    for (const port of fresh) this.#allow(port, firewall.publishTo);
    return fresh;
  }

  #allow(port: PublishedPort, ranges: readonly string[]): pulumi.Resource[] {
    this.#open.add(nameOfPort(port));
    const { from: fromPort, to: toPort, protocol: ipProtocol } = port;
    return ranges.map(
      (range) =>
        new SecurityGroupIngressRule(
          `${this.#name}-${nameOfPort(port)}-${range}`,
          { ...this.#common(range), ipProtocol, fromPort, toPort },
          { parent: this.#parent },
        ),
    );
  }

  #allowOut(range: string): pulumi.Resource {
    return new SecurityGroupEgressRule(
      `${this.#name}-out-${range}`,
      { ...this.#common(range), ipProtocol: "-1" },
      { parent: this.#parent },
    );
  }

  #common(range: string) {
    const { tags } = this.#settings;
    return { securityGroupId: this.id, tags, ...(isIpv6(range) ? { cidrIpv6: range } : { cidrIpv4: range }) };
  }
}
