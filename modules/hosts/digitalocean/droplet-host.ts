import { Droplet } from "@pulumi/digitalocean/droplet.js";
import { ReservedIp } from "@pulumi/digitalocean/reservedIp.js";
import { ReservedIpAssignment } from "@pulumi/digitalocean/reservedIpAssignment.js";
import { SshKey } from "@pulumi/digitalocean/sshKey.js";
import * as pulumi from "@pulumi/pulumi";
import type { HostFacts } from "../../protocol/host.ts";
import { announce } from "../announce.ts";
import { openingOf, peopleIn, warningsOf } from "../cloud/firewall.ts";
import { changesOf } from "../cloud/changes.ts";
import { hostOn } from "../cloud/machine.ts";
import { noteMachine } from "../cloud/made.ts";
import { Allowed, Identity } from "../cloud/resources.ts";
import type { AppSource, Host, HostConnectionOutputs, HostExposure } from "../host.ts";
import { settingsOf, type DropletHostArgs, type DropletSettings } from "./arguments.ts";
import { attachedTo, dataVolumeOf, keepingVolume, regionOfVolume } from "./data-volume.ts";
import { FirewallsOf } from "./firewalls.ts";
import { checked } from "../shape.ts";
import { dropletHostShape } from "./shape.ts";
import { offerOf } from "./offer.ts";

/**
 * A DigitalOcean droplet with the host agent on it. It needs the token of the DigitalOcean provider.
 *
 * @example
 * const host = new DropletHost("web", { region: "fra1", sshFrom: ["203.0.113.7/32"] });
 * const shop = new App("shop", { host, files: "compose.yaml" });
 */
export class DropletHost extends pulumi.ComponentResource implements Host {
  readonly hostId: pulumi.Output<string>;
  readonly connection: HostConnectionOutputs;
  readonly facts: pulumi.Output<HostFacts>;
  readonly exposure: HostExposure = { via: "host" };
  readonly ready: pulumi.Resource;
  readonly machine: pulumi.Resource;
  /** The address at which the program and people reach it. */
  readonly address: pulumi.Output<string>;
  readonly dropletId: pulumi.Output<string>;
  readonly #firewalls: FirewallsOf;

  constructor(name: string, wanted: DropletHostArgs, options: pulumi.ComponentResourceOptions = {}) {
    const args = checked(`DropletHost ${name}`, dropletHostShape, wanted);
    const settings = settingsOf(name, args);
    super("stackhouse:hosts:DropletHost", name, {}, options);
    const inside = { parent: this };
    const { vpcId } = args;
    const { size, image, monitoring, backups, ipv6, firewall } = settings;
    for (const warning of warningsOf(firewall)) void pulumi.log.warn(warning, this);
    announce(this, description(settings, args));

    const tags = [...(args.tags ?? [])];
    // What cannot be is refused before anything is touched.
    const another = [image, String(monitoring), vpcId ?? ""];
    const lasting = ipv6 ? "IPv6" : undefined;
    const needs = { offer: offerOf({ region: args.region, size, another, lasting }, this) };
    // The region of a data volume is noted before the volume is made: a run without a preview would make another one before that is refused.
    const keeps = args.dataVolume === undefined ? {} : { region: regionOfVolume(args) };
    const allowed = new Allowed(`${name}-allowed`, { needs, keeps }, inside);
    const identity = new Identity(`${name}-identity`, { ...inside, dependsOn: [allowed] });
    // Without a key DigitalOcean would send a password by mail.
    const key = new SshKey(name, { publicKey: identity.publicKey }, inside);
    const { region } = args;
    const data = args.dataVolume && dataVolumeOf(name, { ...args.dataVolume, region, tags, allowed }, this);
    const ending = data && keepingVolume;
    this.#firewalls = new FirewallsOf(name, { firewall, allowed }, this);
    const droplet = new Droplet(
      name,
      {
        ...{ region, size, image, monitoring, backups, ipv6 },
        tags: [this.#firewalls.tag, ...tags],
        sshKeys: [key.fingerprint],
        userData: pulumi.secret(identity.userData),
        ...(vpcId === undefined ? {} : { vpcUuid: vpcId }),
        ...ending?.args,
      },
      {
        ...inside,
        ...ending?.options,
        // So the droplet goes first: a volume that is attached cannot be deleted, and what is in no firewall is open.
        dependsOn: [this.#firewalls.ssh, ...(data === undefined ? [] : [data])],
      },
    );
    const tells = changesOf({
      ...{ type: size, machine: [args.region, ...another], lasting, keepsAddress: true },
      hasDataVolume: args.dataVolume !== undefined,
    });
    noteMachine(name, { needs, tells }, droplet, this);
    const reserved = args.reservedIp === true ? reservedIpOf(name, droplet, { region, allowed }, this) : undefined;
    const volume = data && attachedTo(name, droplet, data, this);
    const address = reserved?.ipAddress ?? droplet.ipv4Address;
    const { hostId, connection, facts, ready, machine } = hostOn(
      name,
      {
        ...{ resource: droplet, address, identity, hypervisorClass: "type-1" },
        volumeDevice: volume?.device,
        volumeGiB: args.dataVolume?.sizeGiB,
        after: [powerOf(name, droplet, this), reserved, volume?.attachment].filter(
          (resource) => resource !== undefined,
        ),
      },
      this,
    );
    this.hostId = hostId;
    this.connection = connection;
    this.facts = facts;
    this.ready = ready;
    this.machine = machine;
    this.address = connection.address;
    this.dropletId = droplet.id;
    const { dropletId } = this;
    this.registerOutputs({ hostId, facts, dropletId, address: this.address });
  }

  /** Opens the ports that an app publishes, to those that `publishTo` names. */
  publish(app: AppSource): void {
    announce(this, openingOf(app.name, this.#firewalls.publish(app), this.#firewalls.publishTo));
  }
}

/** That a droplet runs. The provider never turns one on that somebody has turned off. */
function powerOf(name: string, { id, status }: Droplet, parent: pulumi.Resource): Allowed {
  const how = "or the control panel, turns it on; then pulumi refresh asks DigitalOcean, and run this again";
  const reason = pulumi.interpolate`the droplet ${id} is ${status}: doctl compute droplet-action power-on ${id}, ${how}`;
  return new Allowed(`${name}-power`, { needs: { power: { value: status, allowed: ["active"], reason } } }, { parent });
}

function reservedIpOf(
  name: string,
  droplet: Droplet,
  { region, allowed }: { readonly region: string; readonly allowed: pulumi.Resource },
  parent: pulumi.Resource,
): ReservedIpAssignment {
  const { ipAddress } = new ReservedIp(name, { region }, { parent, dependsOn: [allowed] });
  return new ReservedIpAssignment(
    name,
    { ipAddress, dropletId: droplet.id.apply(Number) },
    // The address can lead to one droplet.
    { parent, deleteBeforeReplace: true },
  );
}

function description({ size, image, backups, firewall }: DropletSettings, args: DropletHostArgs): string[] {
  const { region, dataVolume, reservedIp } = args;
  return [
    `a droplet ${size} (${image}) in ${region}, with the disk of that size${backups ? ", with backups, which cost a fifth more" : ""}`,
    ...(dataVolume === undefined
      ? []
      : [`data volume ${dataVolume.sizeGiB} GiB${dataVolume.keep === true ? ", kept after destroy" : ""}`]),
    ...(reservedIp === true ? ["a reserved IP"] : []),
    `22/tcp open to ${peopleIn(firewall.sshFrom)}`,
  ];
}
