import * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "../hosts/agent-resource.ts";
import { withPlugin } from "../hosts/plugin.ts";
import type { HostExposure } from "../hosts/host.ts";
import type { AppOutputs } from "../provider/resources/schema.ts";

export interface RegistryCredentials {
  readonly username: pulumi.Input<string>;
  /** Kept as a secret. */
  readonly password: pulumi.Input<string>;
}

export interface AppResourceArgs {
  readonly hostId: pulumi.Input<string>;
  readonly connection: pulumi.Input<ConnectionArgs>;
  readonly exposure: pulumi.Input<HostExposure>;
  readonly name?: pulumi.Input<string> | undefined;
  readonly projectDirectory?: pulumi.Input<string> | undefined;
  readonly files?: pulumi.Input<pulumi.Input<string>[]> | undefined;
  readonly inline?: pulumi.Input<unknown>;
  readonly envFiles?: pulumi.Input<pulumi.Input<string>[]> | undefined;
  readonly profiles?: pulumi.Input<pulumi.Input<string>[]> | undefined;
  readonly variables?: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;
  readonly secrets?: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;
  readonly registries?: pulumi.Input<Record<string, pulumi.Input<RegistryCredentials>>> | undefined;
  readonly imageArchives?: pulumi.Input<pulumi.Input<string>[]> | undefined;
  readonly deleteVolumes?: pulumi.Input<pulumi.Input<string>[]> | undefined;
}

/** `stackhouse:index:App` as programs see it. Use `App`, which has typed handles for the services. */
export class AppResource extends pulumi.CustomResource {
  declare readonly name: pulumi.Output<string>;
  declare readonly release: pulumi.Output<string>;
  declare readonly services: pulumi.Output<AppOutputs["services"]>;

  constructor(name: string, args: AppResourceArgs, options: pulumi.CustomResourceOptions = {}) {
    const outputs = {
      name: args.name,
      fingerprints: undefined,
      modelDigest: undefined,
      archives: undefined,
      release: undefined,
      services: undefined,
      networks: undefined,
      volumes: undefined,
    };
    super("stackhouse:index:App", name, { ...args, ...outputs }, withPlugin(options));
  }
}
