/** The parts of a Pulumi URN, `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`. Source: sdk/go/common/resource/urn/urn.go, github.com/pulumi/pulumi. */
export interface Urn {
  readonly stack: string;
  readonly project: string;
  /** Without the types of its parents. */
  readonly type: string;
  /** May hold anything, `::` included. */
  readonly name: string;
}

export function parseUrn(urn: string): Urn {
  const [stack = "", project = "", types = "", ...name] = urn.replace(/^urn:pulumi:/, "").split("::");
  return { stack, project, type: types.split("$").at(-1) ?? "", name: name.join("::") };
}
