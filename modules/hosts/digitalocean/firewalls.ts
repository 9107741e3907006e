import type { Droplet } from "@pulumi/digitalocean/droplet.js";
import { Firewall as CloudFirewall } from "@pulumi/digitalocean/firewall.js";
import type * as pulumi from "@pulumi/pulumi";
import { checkPublished, type Firewall } from "../cloud/firewall.ts";
import type { AppSource } from "../host.ts";
import { fixedPorts, portsOf, type PublishedPort } from "../publishing/fixed-ports.ts";

export interface FirewallsSettings {
  readonly droplet: Droplet;
  readonly firewall: Firewall;
}

const world = ["0.0.0.0/0", "::/0"];

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
      destinationAddresses: world,
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
    const ports = fixedPorts(app);
    checkPublished(app.name, ports, firewall);
    // A rule lets somebody in: DigitalOcean takes none for nobody.
    if (ports.length === 0 || firewall.publishTo.length === 0) return ports;
    new CloudFirewall(
      // An app may be called what a firewall may not. The dot keeps it apart from the firewall of a host that is called so.
      `${this.#name}.${app.name.replace(/[^a-zA-Z0-9.-]/gu, "-")}`,
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
