import { Instance } from "@pulumi/aws/ec2/instance.js";
import { KeyPair } from "@pulumi/aws/ec2/keyPair.js";
import { InstanceState } from "@pulumi/aws/ec2transitgateway/instanceState.js";
import * as pulumi from "@pulumi/pulumi";
import type { HostFacts } from "../../protocol/host.ts";
import { announce } from "../announce.ts";
import { openingOf, peopleIn, warningsOf } from "../cloud/firewall.ts";
import { changesOf } from "../cloud/changes.ts";
import { hostOn } from "../cloud/machine.ts";
import { noteMachine, type MadeOf } from "../cloud/made.ts";
import { Allowed, Identity } from "../cloud/resources.ts";
import type { AppSource, Host, HostConnectionOutputs, HostExposure } from "../host.ts";
import {
  elasticIpOf,
  noteAddress,
  publicAddressOf,
  reachIn,
  wishForAddress,
  type ElasticIpWish,
  type FoundAddress,
} from "./address.ts";
import { settingsOf, type Ec2HostArgs, type Ec2Settings } from "./arguments.ts";
import { SecurityGroupOf } from "./security-group.ts";
import { askAws, awsOf, imageOf, type Aws, type WantedImage } from "./lookups.ts";
import { checked } from "../shape.ts";
import { ec2HostShape } from "./shape.ts";
import { placeOf, type Place } from "./place.ts";
import { attach, dataVolumeIn, deviceOf, zoneOfVolume } from "./data-volume.ts";

/**
 * An EC2 instance with the host agent on it. It needs the credentials of the AWS provider and a region.
 *
 * @example
 * const host = new Ec2Host("web", { instanceType: "t3.small", sshFrom: ["203.0.113.7/32"] });
 * const shop = new App("shop", { host, files: "compose.yaml" });
 */
export class Ec2Host extends pulumi.ComponentResource implements Host {
  readonly hostId: pulumi.Output<string>;
  readonly connection: HostConnectionOutputs;
  readonly facts: pulumi.Output<HostFacts>;
  readonly exposure: HostExposure = { via: "host" };
  readonly ready: pulumi.Resource;
  readonly machine: pulumi.Resource;
  /** The address at which the program and people reach it. */
  readonly address: pulumi.Output<string>;
  readonly instanceId: pulumi.Output<string>;
  readonly #group: SecurityGroupOf;

  constructor(name: string, wanted: Ec2HostArgs = {}, options: pulumi.ComponentResourceOptions = {}) {
    const args = checked(`Ec2Host ${name}`, ec2HostShape, wanted);
    const settings = settingsOf(name, args);
    super("stackhouse:hosts:Ec2Host", name, {}, options);
    const inside = { parent: this };
    const tags = { Name: name, ...args.tags };
    for (const warning of warningsOf(settings.firewall)) void pulumi.log.warn(warning, this);

    const aws = awsOf(this);
    const answers = askAws(aws, { ...settings, subnetId: args.subnetId });
    const image = imageOf({ ...settings, generation: args.imageGeneration, answers });
    const another = replacedFor(args, settings);
    const machine = [image.question, JSON.stringify(args.spot ?? false), ...another];
    const place = placeOf(name, { ...args, instanceType: settings.instanceType, machine, aws, answers }, this);
    announce(this, [...description(settings, args), pulumi.interpolate`in ${answers.region}`]);
    // What cannot be is refused before anything is touched.
    const needs = needsOf({ args, machine, place, image });
    const allowed = allowedFor(name, { args, needs, place }, this);
    const ami = image.pinned(name, { parent: this, dependsOn: [allowed] });
    const volume = args.dataVolume && dataVolumeIn(name, { zone: place.zone, allowed, ...args.dataVolume, tags }, this);
    const after = [allowed, ...(volume === undefined ? [] : [volume])];
    const group = { vpcId: place.vpcId, firewall: settings.firewall, tags, after };
    this.#group = new SecurityGroupOf(name, group, this);
    const identity = new Identity(`${name}-identity`, { parent: this, dependsOn: after });
    const key = new KeyPair(name, { publicKey: identity.publicKey, tags }, inside);
    const instance = new Instance(
      name,
      {
        ami,
        instanceType: settings.instanceType,
        keyName: key.keyName,
        vpcSecurityGroupIds: [this.#group.id],
        subnetId: place.subnetId,
        associatePublicIpAddress: wishForAddress(args, place),
        userData: pulumi.secret(identity.userData),
        // User data holds the host's key. Version 2 answers no request that was forged, and one hop is short of a container.
        metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
        rootBlockDevice: { volumeType: "gp3", volumeSize: settings.diskGiB, encrypted: true, tags },
        ...(args.instanceProfile === undefined ? {} : { iamInstanceProfile: args.instanceProfile }),
        ...spotOf(args.spot),
        tags,
      },
      {
        parent: this,
        // Its first boot installs packages: the way out must be open.
        dependsOn: [...after, ...this.#group.rules],
        replacementTrigger: another,
        // It gives its data volume back by ending.
        deleteBeforeReplace: volume !== undefined,
      },
    );
    const tells = tellsOf({ args, instanceType: settings.instanceType, machine: [...machine, ami, place.subnetId] });
    noteMachine(name, { needs, tells }, instance, this);
    // One that somebody stopped is started again.
    const running = new InstanceState(name, { instanceId: instance.id, state: "running" }, inside);
    const attachment = volume && attach(name, volume, instance, this);
    const { address, found } = addressOf(name, { args, aws, allowed, instance, running, tags }, this);
    const host = hostOn(
      name,
      {
        ...{ resource: instance, address, identity, hypervisorClass: "type-1" },
        ...{ volumeDevice: volume && deviceOf(volume), volumeGiB: args.dataVolume?.sizeGiB, rootGiB: settings.diskGiB },
        after: [running, found, attachment].filter((resource) => resource !== undefined),
      },
      this,
    );
    this.hostId = host.hostId;
    this.connection = host.connection;
    this.facts = host.facts;
    this.ready = host.ready;
    this.machine = host.machine;
    this.address = host.connection.address;
    this.instanceId = instance.id;
    const { hostId, facts, instanceId, address: where } = this;
    this.registerOutputs({ hostId, facts, instanceId, address: where });
  }

  /** Opens the ports that an app publishes, to those that `publishTo` names. */
  publish(app: AppSource): void {
    announce(this, openingOf(app.name, this.#group.publish(app), this.#group.publishTo));
  }
}

interface Wish {
  readonly args: Ec2HostArgs;
  /** What another instance would be made for, besides another place. */
  readonly machine: readonly pulumi.Input<string>[];
  readonly place: Place;
  readonly image: WantedImage;
}

/** What a new instance needs of AWS. */
function needsOf({ args, machine, place, image }: Wish): MadeOf["needs"] {
  const ofImage = image.need === undefined ? {} : { image: image.need };
  return { offer: place.offer, reach: reachIn({ ...args, machine }, place), ...ofImage };
}

interface Kind extends Pick<Wish, "args" | "machine"> {
  readonly instanceType: string;
}

function tellsOf({ args, instanceType, machine }: Kind): MadeOf["tells"] {
  return changesOf({
    ...{ type: instanceType, machine, hasDataVolume: args.dataVolume !== undefined },
    keepsAddress: args.elasticIp === true || args.address === "private",
  });
}

/**
 * That there may be such a host. The zone of a data volume is noted before the volume is made: a run without a preview would make another one in
 * another zone before anything could refuse that.
 */
function allowedFor(
  name: string,
  { args, needs, place }: Pick<Wish, "args" | "place"> & Pick<MadeOf, "needs">,
  parent: pulumi.Resource,
): Allowed {
  const keeps = args.dataVolume === undefined ? {} : { zone: zoneOfVolume(place) };
  const allowed = new Allowed(`${name}-allowed`, { needs, keeps }, { parent });
  return args.elasticIp === true ? allowed : noteAddress(name, "automatic", { parent, dependsOn: [allowed] });
}

interface Made extends ElasticIpWish {
  readonly args: Ec2HostArgs;
  readonly aws: Aws;
  readonly running: InstanceState;
}

/** At which address the program reaches an instance. */
function addressOf(name: string, { args, aws, running, ...wish }: Made, parent: pulumi.Resource): FoundAddress {
  const { instance } = wish;
  if (args.address === "private") return { address: instance.privateIp, found: instance };
  return args.elasticIp === true ? elasticIpOf(name, wish, parent) : publicAddressOf(name, { aws, running }, parent);
}

/** What another instance is made for, where the provider would change the one that is there, or fail to. */
function replacedFor({ address = "public" }: Ec2HostArgs, { instanceType, isSpot }: Ec2Settings): readonly string[] {
  // For another type it stops an instance, which EC2 does to none of the spot market.
  return [address, ...(isSpot ? [instanceType] : [])];
}

function spotOf(spot: Ec2HostArgs["spot"]) {
  if (spot === undefined || spot === false) return {};
  const limit = spot === true ? {} : { maxPrice: spot.maxPrice };
  return { instanceMarketOptions: { marketType: "spot", spotOptions: { spotInstanceType: "one-time", ...limit } } };
}

/** What the instance costs less for, in plain words. */
function marketOf(spot: Ec2HostArgs["spot"]): string {
  if (spot === undefined || spot === false) return "";
  const price = spot === true ? "at the price of the hour" : `for ${spot.maxPrice} dollars an hour at most`;
  return ` of the spot market, ${price}: AWS may end it`;
}

function description(
  { instanceType, architecture, image, diskGiB, firewall }: Ec2Settings,
  args: Ec2HostArgs,
): string[] {
  const system = typeof image === "string" ? image : image.ami;
  const { dataVolume, elasticIp } = args;
  return [
    `an EC2 instance ${instanceType} (${architecture}, ${system})${marketOf(args.spot)}`,
    `root disk ${diskGiB} GiB gp3, encrypted`,
    ...(dataVolume === undefined
      ? []
      : [
          `data volume ${dataVolume.sizeGiB} GiB gp3, encrypted${dataVolume.keep === true ? ", kept after destroy" : ""}`,
        ]),
    ...(elasticIp === true ? ["an elastic IP"] : []),
    `22/tcp open to ${peopleIn(firewall.sshFrom)}`,
  ];
}
