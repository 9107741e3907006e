import * as pulumi from "@pulumi/pulumi";

/** Says in a preview what a host is, in plain words, before anything is made. What holds a secret is not said. */
export function announce(component: pulumi.Resource, parts: readonly (pulumi.Input<string> | undefined)[]): void {
  if (parts.length === 0 || !pulumi.runtime.isDryRun()) return;
  const all = pulumi.all(parts.filter((part) => part !== undefined));
  all.apply(async (texts) => {
    if (!(await pulumi.isSecret(all))) await pulumi.log.info(texts.join("; "), component);
  });
}
