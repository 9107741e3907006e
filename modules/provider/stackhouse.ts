import { version } from "../base/version.ts";
import type { ProviderDefinition } from "./kit/server.ts";
import { agentResource, type AgentPorts } from "./resources/agent.ts";
import { allowedResource } from "./resources/allowed.ts";
import { appResource, type AppPorts } from "./resources/app/resource.ts";
import { identityResource } from "./resources/identity.ts";
import { pinResource } from "./resources/pin.ts";
import { retiredResources } from "./resources/retired.ts";
import type { VmPorts } from "./resources/vm/bring-up.ts";
import { vmResource } from "./resources/vm/resource.ts";

/** Everything that the resources need of the world. */
export interface ProviderPorts extends VmPorts, AgentPorts, AppPorts {}

/** The provider `stackhouse`: one line a resource. */
export function stackhouseProvider(ports: ProviderPorts): ProviderDefinition {
  return {
    name: "stackhouse",
    version,
    // The engine does so once, at the beginning of a run.
    configure() {
      ports.reach.beginRun();
      return Promise.resolve();
    },
    resources: [
      vmResource(ports),
      ...[identityResource(), pinResource(), allowedResource()],
      agentResource(ports),
      appResource(ports),
      ...retiredResources(),
    ],
  };
}
