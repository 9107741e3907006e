import * as pulumi from "@pulumi/pulumi";

export interface ThingArgs {
  readonly content: pulumi.Input<string>;
  readonly kind?: pulumi.Input<string>;
  readonly password?: pulumi.Input<string>;
  readonly waitFor?: pulumi.Input<string>;
  readonly stubborn?: pulumi.Input<boolean>;
  readonly fail?: pulumi.Input<string>;
}

/** The SDK side of the demo provider. */
export class Thing extends pulumi.CustomResource {
  declare readonly content: pulumi.Output<string>;
  declare readonly shout: pulumi.Output<string>;

  constructor(name: string, args: ThingArgs, options?: pulumi.CustomResourceOptions) {
    super("stackhouse:test:Thing", name, { name, ...args, shout: undefined }, options);
  }
}
