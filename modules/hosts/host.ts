import type * as pulumi from "@pulumi/pulumi";
import type { HostConnection, HostFacts } from "../protocol/host.ts";

/**
 * Any machine that can run apps. Every component of this room is one; a host of another kind only has to give these parts:
 * a way in over SSH, an `Agent` on it, and how what it publishes is reached.
 */
export interface Host {
  /** Fingerprint of the host key, `SHA256:…`: the identity of the host. Its address may change, this does not. */
  readonly hostId: pulumi.Output<string>;
  /** The way in. Known once the agent answers. */
  readonly connection: HostConnectionOutputs;
  /** What the host is made of. */
  readonly facts: pulumi.Output<HostFacts>;
  /** How people reach what an app publishes there. */
  readonly exposure: pulumi.Input<HostExposure>;
  /** What apps wait for. */
  readonly ready: pulumi.Resource;
  /** The machine, where the program owns it: when it goes, nobody dials it to remove apps one by one. */
  readonly machine?: pulumi.Resource | undefined;
  /**
   * Lets people reach what an app publishes: a host behind a firewall of the program's own opens these ports, and nothing else. One without
   * such a firewall refuses what would be open to the world and must not be.
   * Called by `App` while the program runs, so that the firewall depends on no app.
   */
  readonly publish?: ((app: AppSource) => void) | undefined;
}

/** What an app is made from, as far as its host needs to know while the program runs. Paths are absolute. */
export interface AppSource {
  /** As the program calls it. */
  readonly name: string;
  readonly files?: readonly string[] | undefined;
  readonly inline?: Readonly<Record<string, unknown>> | undefined;
  readonly projectDirectory?: string | undefined;
  readonly envFiles?: readonly string[] | undefined;
  readonly profiles?: readonly string[] | undefined;
  readonly variables?: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;
  readonly secrets?: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;
}

/** How a host is reached, part by part, so that only the key is a secret. */
export interface HostConnectionOutputs {
  readonly address: pulumi.Output<string>;
  readonly port: pulumi.Output<number>;
  readonly user: pulumi.Output<string>;
  /** The one host key that is accepted: `ssh-ed25519 AAAA…`. */
  readonly hostKey: pulumi.Output<string>;
  /** OpenSSH private key text, secret. Undefined inside: the SSH agent of the workstation is asked. */
  readonly privateKey: pulumi.Output<string | undefined>;
  /** The server that it is reached through, if there is one; secret, for its key is in it. */
  readonly jump: pulumi.Output<HostConnection["jump"]>;
  /** What `sudo` asks for there, if it does; secret. */
  readonly sudoPassword: pulumi.Output<string | undefined>;
  /** The local VM that it is, if it is one. */
  readonly vmId: pulumi.Output<string | undefined>;
  /** The machine in a cloud that it is, if the program made it there. */
  readonly machineId: pulumi.Output<string | undefined>;
}

/** `host`: at the host's own address. `local-vm`: through port forwards on the workstation. */
export type HostExposure = { readonly via: "host" } | { readonly via: "local-vm"; readonly vmId: pulumi.Input<string> };
