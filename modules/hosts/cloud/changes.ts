import * as pulumi from "@pulumi/pulumi";
import type { Told } from "./resources.ts";

export interface MachineKind {
  /** Its type or size: another one restarts the machine. */
  readonly type: string;
  /** All that another machine is made for. */
  readonly machine: readonly pulumi.Input<string>[];
  /** What a machine may be given as it is, and another one is made without. */
  readonly lasting?: string | undefined;
  readonly keepsAddress: boolean;
  readonly hasDataVolume: boolean;
}

/** What a person is told before a machine is restarted or made anew: rows of a cloud's own provider tell arguments alone. */
export function changesOf(kind: MachineKind): Readonly<Record<string, Told>> {
  const { type, machine, lasting, keepsAddress, hasDataVolume } = kind;
  const about = pulumi.all([...machine]).apply((all) => all.join(" "));
  return {
    type: {
      ...{ value: type, about },
      message: `the machine is restarted for ${type}: its apps are away meanwhile${keepsAddress ? "" : ", and it may have another address then"}`,
    },
    machine: {
      ...{ value: about, lasting },
      message:
        "another machine takes the place of this one: its apps are away until they are started there" +
        (hasDataVolume
          ? "; the data volume stays, with their named volumes"
          : ", and their named volumes go with its disk: dataVolume would keep them"),
    },
  };
}
