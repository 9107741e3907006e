import { join } from "node:path";

/** A Pulumi stack in our own file backend, where the organization is always `organization`. */
export interface OwnStack {
  readonly backend: string;
  readonly project: string;
  readonly stack: string;
}

/** Its state. Source: pkg/backend/diy/store.go, github.com/pulumi/pulumi. */
export function stateFile({ backend, project, stack }: OwnStack): string {
  return join(backend, ".pulumi", "stacks", project, `${stack}.json`);
}

/** Folder of its locks. Source: pkg/backend/diy/lock.go, github.com/pulumi/pulumi. */
export function locksFolder({ backend, project, stack }: OwnStack): string {
  return join(backend, ".pulumi", "locks", "organization", project, stack);
}
