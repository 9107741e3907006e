import type { ContainerSpec } from "../port.ts";
import { defined, type ContainerBody, type HostConfigBody } from "./body.ts";
import type { BodyContext } from "./context.ts";
import { deviceRequests, devices } from "./devices.ts";
import { healthcheckBody } from "./healthcheck.ts";
import { blockIo, extraHosts, logConfig, resources, restartPolicy, security, ulimits } from "./host-config.ts";
import { containerLabels } from "./labels.ts";
import { mountFields } from "./mounts.ts";
import { networking, type Networking } from "./networking.ts";
import { namespace } from "./owners.ts";
import { exposedPorts, portBindings } from "./ports.ts";
import { byteCount, wholeSeconds } from "./units.ts";

export interface BuiltContainer {
  readonly query: { readonly name: string; readonly platform: string | undefined };
  readonly body: ContainerBody;
  readonly attachments: Networking["attachments"];
}

/** The create call of a container: every key of a service that means something to the engine. */
export function containerBody(spec: ContainerSpec, context: BodyContext): BuiltContainer {
  const service = spec.definition;
  const network = networking(spec, context.api);
  const body = defined<ContainerBody>({
    Image: service.image ?? "",
    Labels: containerLabels(spec),
    Env: environment(service.environment ?? {}),
    Cmd: service.command ?? undefined,
    Entrypoint: service.entrypoint ?? undefined,
    WorkingDir: service.working_dir,
    User: service.user,
    Tty: service.tty,
    OpenStdin: service.stdin_open,
    Hostname: service.hostname,
    Domainname: service.domainname,
    StopSignal: service.stop_signal,
    StopTimeout: wholeSeconds(service.stop_grace_period),
    ExposedPorts: exposedPorts(service),
    Healthcheck: healthcheckBody(service),
    MacAddress: network.macAddress,
    HostConfig: hostConfig(spec, network.mode, context),
    NetworkingConfig: { EndpointsConfig: network.endpoints },
  });
  const query = { name: spec.name, platform: service.platform };
  return { query, body, attachments: network.attachments };
}

function hostConfig(spec: ContainerSpec, networkMode: string, context: BodyContext): HostConfigBody {
  const service = spec.definition;
  const share = (mode: string | undefined): string | undefined =>
    mode === undefined ? undefined : namespace(spec, mode);
  return defined<HostConfigBody>({
    NetworkMode: networkMode,
    PortBindings: portBindings(service),
    ...mountFields(spec, context),
    RestartPolicy: restartPolicy(service),
    Init: service.init,
    ReadonlyRootfs: service.read_only,
    Privileged: service.privileged,
    CapAdd: service.cap_add,
    CapDrop: service.cap_drop,
    ...security(service),
    Devices: devices(service),
    Sysctls: service.sysctls,
    Ulimits: ulimits(service),
    GroupAdd: service.group_add,
    PidMode: share(service.pid),
    IpcMode: share(service.ipc),
    UTSMode: service.uts,
    ExtraHosts: extraHosts(service),
    Dns: service.dns,
    DnsSearch: service.dns_search,
    DnsOptions: service.dns_opt,
    LogConfig: logConfig(service),
    ShmSize: byteCount(service.shm_size),
    ...resources(service),
    ...blockIo(service),
    OomScoreAdj: service.oom_score_adj,
    CgroupParent: service.cgroup_parent,
    CgroupnsMode: service.cgroup,
    DeviceCgroupRules: service.device_cgroup_rules,
    UsernsMode: service.userns_mode,
    StorageOpt: service.storage_opt,
    Runtime: service.runtime,
    Annotations: service.annotations,
    DeviceRequests: deviceRequests(service),
  });
}

/** A bare name removes what the image defines. */
function environment(variables: Readonly<Record<string, string | null>>): readonly string[] {
  return Object.entries(variables).map(([name, value]) => (value === null ? name : `${name}=${value}`));
}
