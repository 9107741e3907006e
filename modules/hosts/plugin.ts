import * as pulumi from "@pulumi/pulumi";
import { version } from "../base/version.ts";

/** Options that every resource of the provider has: the version of the plugin that it needs. */
export function withPlugin(options: pulumi.CustomResourceOptions): pulumi.CustomResourceOptions {
  return pulumi.mergeOptions({ version }, options);
}
