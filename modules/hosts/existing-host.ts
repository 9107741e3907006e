import * as pulumi from "@pulumi/pulumi";
import type { HostFacts } from "../protocol/host.ts";
import { connectionParts } from "./connection.ts";
import type { Host, HostConnectionOutputs, HostExposure } from "./host.ts";
import { Agent } from "./resources.ts";
import { atLeast, matching, refuse } from "./validate.ts";

/** Arguments of an `ExistingHost`. */
export interface ExistingHostArgs {
  /** Name or address of the machine. A change is an update: the host is its host key, not its address. */
  readonly address: pulumi.Input<string>;
  /** Default 22. */
  readonly port?: pulumi.Input<number> | undefined;
  /** Default `root`. Another user needs `sudo` without a password. */
  readonly user?: pulumi.Input<string> | undefined;
  /**
   * The one host key that is accepted, as in `known_hosts`: `ssh-ed25519 AAAA…`. On the machine:
   * `cat /etc/ssh/ssh_host_ed25519_key.pub`. A change replaces the host.
   */
  readonly hostKey: pulumi.Input<string>;
  /** OpenSSH private key text without a passphrase; kept as a secret. Default: the SSH agent of the workstation. */
  readonly privateKey?: pulumi.Input<string> | undefined;
}

/**
 * A machine that exists already, with the host agent put on it. Debian or Ubuntu on x86-64, with systemd, Docker Engine and
 * cgroup v2.
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

  constructor(name: string, args: ExistingHostArgs, options: pulumi.ComponentResourceOptions = {}) {
    validate(name, args);
    super("stackhouse:hosts:ExistingHost", name, {}, options);
    const { address, port = 22, user = "root", hostKey, privateKey } = args;
    const connection = {
      ...{ address, port, user, hostKey },
      ...(privateKey === undefined ? {} : { privateKey: pulumi.secret(privateKey) }),
    };
    const agent = new Agent(`${name}-agent`, { connection }, { parent: this });
    this.hostId = agent.hostId;
    this.connection = connectionParts(agent.connection);
    this.facts = agent.facts.apply((facts) => ({ ...facts, hypervisorClass: "unknown" as const }));
    this.ready = agent;
    const { hostId, facts } = this;
    this.registerOutputs({ hostId, facts });
  }
}

function validate(name: string, args: ExistingHostArgs): void {
  const where = `ExistingHost ${name}`;
  if (args.address === "") refuse(where, "address", "is empty");
  atLeast(where, "port", args.port, 1);
  matching(where, "hostKey", args.hostKey, {
    pattern: /^\s*(ssh|ecdsa)-\S+ +[A-Za-z0-9+/=]+/,
    what: "a public key, as in ssh-ed25519 AAAA…",
  });
  if (typeof args.privateKey === "string" && !args.privateKey.includes("PRIVATE KEY")) {
    refuse(where, "privateKey", "is the text of an OpenSSH private key, not the name of its file");
  }
}
