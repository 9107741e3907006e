import * as pulumi from "@pulumi/pulumi";
import type { HostFacts } from "../protocol/host.ts";
import { hostAddress, loginName, passwordIn } from "../protocol/login.ts";
import { lockedKey, unusableKey } from "../protocol/private-key.ts";
import { announce } from "./announce.ts";
import { connectionParts } from "./connection.ts";
import type { AppSource, Host, HostConnectionOutputs, HostExposure } from "./host.ts";
import { checkAllowPublic } from "./publishing/allow-public.ts";
import { exposedBy, type OpenHost } from "./publishing/without-firewall.ts";
import { Agent } from "./agent-resource.ts";
import { existingHostShape } from "./existing-host-shape.ts";
import { checked } from "./shape.ts";
import { readSecretFile } from "./secret-file.ts";
import { between, matching, refuse } from "./validate.ts";

/** Arguments of an `ExistingHost`. */
export interface ExistingHostArgs {
  /** Name or address of the machine. A change is an update: the host is its host key, not its address. */
  readonly address: pulumi.Input<string>;
  /** Default 22. */
  readonly port?: pulumi.Input<number> | undefined;
  /** Default `root`. Another user needs `sudo`, without a password or with `sudoPassword`. */
  readonly user?: pulumi.Input<string> | undefined;
  /** What `sudo` asks the user for; kept as a secret. Default: it asks for nothing. */
  readonly sudoPassword?: pulumi.Input<string> | undefined;
  /** File with that password instead, on the workstation: its one line is kept as a secret. */
  readonly sudoPasswordFile?: string | undefined;
  /**
   * The one host key that is accepted, as in `known_hosts`: `ssh-ed25519 AAAA…`. On the machine:
   * `cat /etc/ssh/ssh_host_ed25519_key.pub`. A change replaces the host.
   */
  readonly hostKey: pulumi.Input<string>;
  /** OpenSSH private key text without a passphrase; kept as a secret. Default: the SSH agent of the workstation. */
  readonly privateKey?: pulumi.Input<string> | undefined;
  /** File of that key instead, on the workstation: `~/.ssh/id_ed25519`. Its content is kept as a secret. */
  readonly privateKeyFile?: string | undefined;
  /** The server that it is reached through, where it cannot be reached itself. */
  readonly jump?: JumpHostArgs | undefined;
  /**
   * Ports of databases that the world may reach, or that a firewall before the machine keeps from it, as published: `[5432]`. Default: none.
   */
  readonly allowPublic?: readonly number[] | undefined;
}

/** A server on the way to a host. It needs no more than to let a user forward connections. */
export interface JumpHostArgs {
  readonly address: pulumi.Input<string>;
  /** Default 22. */
  readonly port?: pulumi.Input<number> | undefined;
  /** Default `root`. */
  readonly user?: pulumi.Input<string> | undefined;
  /** The one host key that is accepted there, as in `known_hosts`. */
  readonly hostKey: pulumi.Input<string>;
  /** OpenSSH private key text; kept as a secret. Default: that of the host, else the SSH agent. */
  readonly privateKey?: pulumi.Input<string> | undefined;
  /** File of that key instead. */
  readonly privateKeyFile?: string | undefined;
}

/**
 * A machine that exists already, with the host agent put on it. Debian or Ubuntu on x86-64 or arm64, with systemd and Docker Engine.
 * Destroying it removes the agent; the machine stays.
 *
 * @example
 * const host = new ExistingHost("web", { address: "203.0.113.7", hostKey: "ssh-ed25519 AAAA…" });
 */
export class ExistingHost extends pulumi.ComponentResource implements Host {
  readonly hostId: pulumi.Output<string>;
  readonly connection: HostConnectionOutputs;
  readonly facts: pulumi.Output<HostFacts>;
  readonly exposure: HostExposure = { via: "host" };
  readonly ready: pulumi.Resource;
  readonly #open: OpenHost;

  constructor(name: string, wanted: ExistingHostArgs, options: pulumi.ComponentResourceOptions = {}) {
    const args = checked(`ExistingHost ${name}`, existingHostShape, wanted);
    validate(name, args);
    super("stackhouse:hosts:ExistingHost", name, {}, options);
    this.#open = { address: args.address, allowPublic: args.allowPublic ?? [] };
    announce(this, [description(args)]);
    const key = keyOf(name, "", args);
    const sudoPassword = sudoPasswordOf(name, args);
    const connection = {
      ...serverOf(args),
      ...key,
      ...(sudoPassword === undefined ? {} : { sudoPassword: pulumi.secret(sudoPassword) }),
      ...(args.jump === undefined
        ? {}
        : { jump: { ...serverOf(args.jump), ...key, ...keyOf(name, "jump.", args.jump) } }),
    };
    const agent = new Agent(`${name}-agent`, { connection }, { parent: this });
    this.hostId = agent.hostId;
    this.connection = connectionParts(agent.connection, connection);
    this.facts = agent.facts.apply((facts) => ({ ...facts, hypervisorClass: "unknown" as const }));
    this.ready = agent;
    const { hostId, facts } = this;
    this.registerOutputs({ hostId, facts });
  }

  /** The machine has no firewall of the program's own: what an app publishes is there for whoever reaches it. */
  publish(app: AppSource): void {
    const { ports, warnings } = exposedBy(app, this.#open);
    for (const warning of warnings) void pulumi.log.warn(warning, this);
    if (ports.length > 0) {
      announce(this, [pulumi.interpolate`${app.name} publishes at ${this.#open.address}: ${ports.join(", ")}`]);
    }
  }
}

function description({ address, port = 22, user = "root" }: ExistingHostArgs): pulumi.Output<string> {
  return pulumi.interpolate`the host agent on ${address}, by SSH to port ${port} as ${user}; what others have there stays as it is`;
}

type ServerArgs = JumpHostArgs;

/** Of the host itself, or of the server on the way to it. */
type Prefix = "" | "jump.";

function serverOf({ address, port = 22, user = "root", hostKey }: ServerArgs) {
  return { address, port, user, hostKey };
}

function keyOf(
  name: string,
  prefix: Prefix,
  { privateKey, privateKeyFile }: Pick<ServerArgs, "privateKey" | "privateKeyFile">,
) {
  const key = privateKey ?? (privateKeyFile === undefined ? undefined : readKey(name, prefix, privateKeyFile));
  return key === undefined ? {} : { privateKey: pulumi.secret(key) };
}

function readKey(name: string, prefix: Prefix, file: string): string {
  const refused = (reason: string): never => refuse(`ExistingHost ${name}`, `${prefix}privateKeyFile`, reason);
  const { path, text } = readSecretFile(file, refused);
  const wrong = unusableKey(text);
  if (wrong === lockedKey) return refused(locked);
  return wrong === undefined ? text : refused(`${wrong}: ${path}`);
}

function sudoPasswordOf(
  name: string,
  { sudoPassword, sudoPasswordFile }: ExistingHostArgs,
): pulumi.Input<string> | undefined {
  if (sudoPassword !== undefined || sudoPasswordFile === undefined) return sudoPassword;
  const refused = (reason: string): never => refuse(`ExistingHost ${name}`, "sudoPasswordFile", reason);
  const { path, text } = readSecretFile(sudoPasswordFile, refused);
  return passwordIn(text) ?? refused(`has to have one line, the password: ${path}`);
}

const locked =
  `${lockedKey}: give the key to your SSH agent (ssh-add) and leave it out here, or take the passphrase off a copy ` +
  "(ssh-keygen -p)";

function validate(name: string, args: ExistingHostArgs): void {
  const where = `ExistingHost ${name}`;
  validateServer(where, "", args);
  if (args.jump !== undefined) validateServer(where, "jump.", args.jump);
  checkAllowPublic(where, args.allowPublic ?? []);
  if (typeof args.sudoPassword === "string" && /[\r\n]/.test(args.sudoPassword)) {
    refuse(where, "sudoPassword", "is one line");
  }
  if (args.sudoPassword !== undefined && args.sudoPasswordFile !== undefined) {
    refuse(where, "sudoPasswordFile", "and sudoPassword: give one of them");
  }
}

function validateServer(where: string, prefix: Prefix, args: ServerArgs): void {
  matching(where, `${prefix}address`, args.address, { pattern: hostAddress, what: "a name or an address alone" });
  matching(where, `${prefix}user`, args.user, { pattern: loginName, what: "the name of a user" });
  between(where, `${prefix}port`, args.port, { least: 1, most: 65_535 });
  if (typeof args.privateKey === "string") {
    const argument = `${prefix}privateKey`;
    const wrong = unusableKey(args.privateKey);
    if (wrong === lockedKey) refuse(where, argument, locked);
    if (wrong !== undefined) refuse(where, argument, "is the text of an OpenSSH private key, not the name of its file");
  }
  if (args.privateKey !== undefined && args.privateKeyFile !== undefined) {
    refuse(where, `${prefix}privateKeyFile`, "and privateKey: give one of them");
  }
}
