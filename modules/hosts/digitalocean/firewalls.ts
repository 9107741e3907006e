import { createHash } from "node:crypto";
import type { Droplet } from "@pulumi/digitalocean/droplet.js";
import { Firewall as CloudFirewall } from "@pulumi/digitalocean/firewall.js";
import type * as pulumi from "@pulumi/pulumi";
import { checkPublished, type Firewall } from "../cloud/firewall.ts";
import { world } from "../cloud/ranges.ts";
import type { AppSource } from "../host.ts";
import { fixedPorts, openingsFor, portsOf, type PublishedPort } from "../publishing/fixed-ports.ts";

export interface FirewallsSettings {
  readonly droplet: Droplet;
  readonly firewall: Firewall;
}

/** Who may reach a droplet. A firewall holds all its rules, so each app has one of its own; a droplet's add up. */
export class FirewallsOf {
  /** SSH in, everything out. */
  readonly ssh: pulumi.Resource;
  readonly #name: string;
  readonly #settings: FirewallsSettings;
  readonly #parent: pulumi.Resource;

  constructor(name: string, settings: FirewallsSettings, parent: pulumi.Resource) {
    this.#name = name;
    this.#settings = settings;
    this.#parent = parent;
    const out = (protocol: string) => ({
      protocol,
      destinationAddresses: [...world],
      ...(protocol === "icmp" ? {} : { portRange: "1-65535" }),
    });
    this.ssh = new CloudFirewall(
      name,
      {
        dropletIds: [settings.droplet.id.apply(Number)],
        inboundRules: [{ protocol: "tcp", portRange: "22", sourceAddresses: [...settings.firewall.sshFrom] }],
        outboundRules: ["tcp", "udp", "icmp"].map(out),
      },
      { parent },
    );
  }

  get publishTo(): readonly string[] {
    return this.#settings.firewall.publishTo;
  }

  /** Opens what an app publishes, and says what that is. */
  publish(app: AppSource): readonly PublishedPort[] {
    const { firewall, droplet } = this.#settings;
    const published = fixedPorts(app);
    checkPublished(app.name, published, firewall);
    const ports = openingsFor(published);
    // A rule lets somebody in: DigitalOcean takes none for nobody.
    if (ports.length === 0 || firewall.publishTo.length === 0) return ports;
    new CloudFirewall(
      // The dot keeps it apart from the firewall of a host that is called so.
      `${this.#name}.${nameFor(app)}`,
      {
        dropletIds: [droplet.id.apply(Number)],
        inboundRules: ports.map((port) => ({
          protocol: port.protocol,
          portRange: portsOf(port),
          sourceAddresses: [...firewall.publishTo],
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
