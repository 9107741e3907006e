import * as pulumi from "@pulumi/pulumi";

/** Says in a preview what a host is, in plain words, before anything is made. */
export function announce(component: pulumi.Resource, parts: readonly (pulumi.Input<string> | undefined)[]): void {
  if (parts.length === 0 || !pulumi.runtime.isDryRun()) return;
  const known = parts.filter((part) => part !== undefined);
  pulumi.all(known).apply((texts) => void pulumi.log.info(texts.join("; "), component));
}
