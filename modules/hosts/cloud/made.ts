import * as pulumi from "@pulumi/pulumi";
import { Allowed, type Need, type Told } from "./resources.ts";

export interface MadeOf {
  /** What the world must say for another machine. */
  readonly needs: Readonly<Record<string, Need>>;
  /** Whose changes are told before they are made. */
  readonly tells: Readonly<Record<string, Told>>;
}

/**
 * Notes what a machine was made of once it is there: a preview compares with that. What was wanted of one that failed is still to be made, and told
 * anew.
 */
export function noteMachine(
  name: string,
  { needs, tells }: MadeOf,
  machine: pulumi.Resource,
  parent: pulumi.Resource,
): Allowed {
  // While it is made, what it needs is asked before it: when this is noted, it has it.
  const asked = pulumi.runtime.isDryRun() ? needs : had(needs);
  return new Allowed(`${name}-made`, { made: true, needs: asked, tells }, { parent, dependsOn: [machine] });
}

function had(needs: MadeOf["needs"]): MadeOf["needs"] {
  return Object.fromEntries(
    Object.entries(needs).map(([what, need]) => [what, { ...need, value: "had", allowed: ["had"] }]),
  );
}
