import * as pulumi from "@pulumi/pulumi";
import { withPlugin } from "../plugin.ts";

/** `stackhouse:index:Identity` as programs see it: the keys of a machine that is about to be made, and its user data. */
export class Identity extends pulumi.CustomResource {
  declare readonly hostId: pulumi.Output<string>;
  declare readonly hostKey: pulumi.Output<string>;
  declare readonly publicKey: pulumi.Output<string>;
  declare readonly privateKey: pulumi.Output<string>;
  declare readonly userData: pulumi.Output<string>;

  constructor(name: string, options: pulumi.CustomResourceOptions) {
    const outputs = {
      hostId: undefined,
      hostKey: undefined,
      publicKey: undefined,
      privateKey: undefined,
      userData: undefined,
    };
    super("stackhouse:index:Identity", name, outputs, withPlugin(options));
  }
}

export interface PinArgs {
  /** What was looked up. While it stays, so does `value` in the state. */
  readonly question: pulumi.Input<string>;
  /** What was found now; empty where nothing was, which is refused unless there is one from before. */
  readonly value: pulumi.Input<string>;
  /** What to do where nothing was found: the end of a sentence. */
  readonly hint: pulumi.Input<string>;
}

/** `stackhouse:index:Pin` as programs see it: what was looked up once, and is kept. */
export class Pin extends pulumi.CustomResource {
  declare readonly value: pulumi.Output<string>;

  constructor(name: string, args: PinArgs, options: pulumi.CustomResourceOptions) {
    super("stackhouse:index:Pin", name, { ...args }, withPlugin(options));
  }
}

/** What may not change while what depends on it lives. */
export interface Kept {
  readonly value: pulumi.Input<string>;
  /** The one value that may not be left. Default: any. */
  readonly leaving?: pulumi.Input<string>;
  /** Why, and what to do instead: the end of a sentence. */
  readonly reason: string;
}

/** What the world must say. */
export interface Need {
  /** What it is needed for: what was made of the same stays, with a warning. Default: it is needed in each run. */
  readonly about?: pulumi.Input<string>;
  /** What that may be given while it is there, and gives up by being made anew. */
  readonly lasting?: string | undefined;
  /** What it says. */
  readonly value: pulumi.Input<string>;
  readonly allowed: pulumi.Input<string[]>;
  /** What a person is told who has another one: a sentence. */
  readonly reason: pulumi.Input<string>;
}

/** What a person is told when it changes. */
export interface Told {
  readonly value: pulumi.Input<string>;
  /** What the value may be given without a change, and gives up by one. */
  readonly lasting?: string | undefined;
  /** What has it: of another thing it is no change. Default: what has it stays the same. */
  readonly about?: pulumi.Input<string>;
  /** What the change does: a sentence. */
  readonly message: string;
}

export interface AllowedArgs {
  /** That it depends on what it is about, and notes that as it is. Default: what it is about depends on it. */
  readonly made?: boolean;
  /** By what they are. */
  readonly needs: Readonly<Record<string, Need>>;
  /** What may not change besides, by what it is. */
  readonly keeps?: Readonly<Record<string, Kept>>;
  /** Whose changes are told before they are made, by what it is. */
  readonly tells?: Readonly<Record<string, Told>>;
}

/**
 * `stackhouse:index:Allowed` as programs see it: what depends on it is not touched where the value is none of those allowed, and it was not made yet.
 * All conditions of a thing are in one: none is noted of a thing that another one forbids.
 */
export class Allowed extends pulumi.CustomResource {
  constructor(name: string, args: AllowedArgs, options: pulumi.CustomResourceOptions) {
    super("stackhouse:index:Allowed", name, { ...args }, withPlugin(options));
  }
}
