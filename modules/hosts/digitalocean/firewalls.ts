import { createHash } from "node:crypto";
import { Firewall as CloudFirewall } from "@pulumi/digitalocean/firewall.js";
import { Tag } from "@pulumi/digitalocean/tag.js";
import type * as pulumi from "@pulumi/pulumi";
import { checkPublished, type Firewall } from "../cloud/firewall.ts";
import { world } from "../cloud/ranges.ts";
import type { AppSource } from "../host.ts";
import { fixedPorts, openingsFor, portsOf, type PublishedPort } from "../publishing/fixed-ports.ts";

interface FirewallWish {
  readonly firewall: Firewall;
  /** That there may be a droplet behind it. */
  readonly allowed: pulumi.Resource;
}

/**
 * Who may reach the droplets of a host. A firewall holds all its rules, so each app has one of its own; a droplet's add up.
 *
 * A droplet in no firewall is open, so they are there before it and go after it, and both droplets of a replacement are in them: they
 * know a tag of the host's own, and no droplet.
 */
export class FirewallsOf {
  /** What has it is behind them. */
  readonly tag: pulumi.Output<string>;
  /** SSH in, everything out; what no other one opens is closed. */
  readonly ssh: pulumi.Resource;
  readonly #name: string;
  readonly #firewall: Firewall;
  readonly #parent: pulumi.Resource;

  constructor(name: string, { firewall, allowed }: FirewallWish, parent: pulumi.Resource) {
    this.#name = name;
    this.#firewall = firewall;
    this.#parent = parent;
    // A host may have dots in its name, a tag may not.
    this.tag = new Tag(name.replaceAll(".", "_"), {}, { parent, dependsOn: [allowed] }).name;
    const out = (protocol: string) => ({
      protocol,
      destinationAddresses: [...world],
      ...(protocol === "icmp" ? {} : { portRange: "1-65535" }),
    });
    this.ssh = new CloudFirewall(
      name,
      {
        tags: [this.tag],
        inboundRules: [{ protocol: "tcp", portRange: "22", sourceAddresses: [...firewall.sshFrom] }],
        outboundRules: ["tcp", "udp", "icmp"].map(out),
      },
      { parent },
    );
  }

  get publishTo(): readonly string[] {
    return this.#firewall.publishTo;
  }

  /** Opens what an app publishes, and says what that is. */
  publish(app: AppSource): readonly PublishedPort[] {
    const { publishTo } = this.#firewall;
    const published = fixedPorts(app);
    checkPublished(app.name, published, this.#firewall);
    const ports = openingsFor(published);
    // A rule lets somebody in: DigitalOcean takes none for nobody.
    if (ports.length === 0 || publishTo.length === 0) return ports;
    new CloudFirewall(
      // The dot keeps it apart from the firewall of a host that is called so.
      `${this.#name}.${nameFor(app)}`,
      {
        tags: [this.tag],
        inboundRules: ports.map((port) => ({
          protocol: port.protocol,
          portRange: portsOf(port),
          sourceAddresses: [...publishTo],
        })),
      },
      { parent: this.#parent },
    );
    return ports;
  }
}

/** An app may be called what a firewall may not, and two of those are to stay two. */
function nameFor({ name }: AppSource): string {
  const allowed = name.replace(/[^a-zA-Z0-9.-]/gu, "-");
  return allowed === name ? name : `${allowed}.${createHash("sha256").update(name).digest("hex").slice(0, 6)}`;
}
