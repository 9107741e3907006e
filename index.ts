/** The library: what Pulumi programs import from `stackhouse`. */
export { App, type AppArgs, type InlineStackFile } from "./modules/apps/app.ts";
export { debianImages } from "./modules/apps/container-images.ts";
export type { RegistryCredentials } from "./modules/apps/app-resource.ts";
export type { AppService } from "./modules/apps/services.ts";
export { ExistingHost, type ExistingHostArgs, type JumpHostArgs } from "./modules/hosts/existing-host.ts";
export type { Host, HostConnectionOutputs, HostExposure } from "./modules/hosts/host.ts";
export { LocalVm, type LocalVmArgs } from "./modules/hosts/local-vm.ts";
export { Agent, type AgentResourceArgs, type ConnectionArgs } from "./modules/hosts/agent-resource.ts";
export {
  Vm,
  type BoundForward,
  type DataDiskArgs,
  type ForwardArgs,
  type VmResourceArgs,
  type VmStartup,
} from "./modules/hosts/vm-resource.ts";
