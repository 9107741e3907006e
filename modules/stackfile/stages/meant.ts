import { nearest } from "./nearest.ts";

/** The key or value that a word most likely stands for: what people who write it usually mean, else what looks most like it. */
export function meant(word: string, candidates: readonly string[]): string | undefined {
  const usual = usualWords.get(simplify(word)) ?? [];
  return usual.find((candidate) => candidates.includes(candidate)) ?? nearest(word, candidates);
}

function simplify(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, "");
}

/**
 * What people write who know the thing by another name, from docker run, Dockerfiles, Kubernetes or elsewhere: each key or value with
 * such words. The first that a place takes is the one that is meant there.
 */
const words: readonly (readonly [meant: string, written: string])[] = [
  // Of a file
  ["services", "service containers apps"],
  ["networks", "network net nets"],
  ["volumes", "volume mount mounts binds volumemounts"],
  ["secrets", "secret"],
  ["configs", "config configmaps"],
  // Of a service
  ["environment", "env envs envvars environ variables vars"],
  ["command", "cmd args arguments run exec"],
  ["entrypoint", "entry"],
  ["image", "img from repository"],
  ["build", "dockerfile context"],
  ["mem_limit", "memory mem ram memorylimit maxmemory"],
  ["mem_reservation", "memoryreservation memoryrequest"],
  ["memswap_limit", "swap memswap memoryswap"],
  ["memory", "mem memlimit ram"],
  ["cpus", "cpu cpulimit cores"],
  ["pids_limit", "pids"],
  ["pids", "pidslimit"],
  ["shm_size", "shm"],
  ["ports", "port publish published"],
  ["expose", "exposedports"],
  ["depends_on", "depends dependencies requires needs after waitfor"],
  ["healthcheck", "health livenessprobe readinessprobe probe"],
  ["working_dir", "workdir cwd directory"],
  ["restart", "restartpolicy"],
  ["restart_policy", "restart"],
  ["container_name", "name"],
  ["scale", "replicas instances count"],
  ["replicas", "scale instances count"],
  ["logging", "log logs logdriver logopt"],
  ["extra_hosts", "hosts addhost hostaliases"],
  ["labels", "label tags"],
  ["cap_add", "capabilities caps"],
  ["stop_grace_period", "stoptimeout graceperiod terminationgraceperiod"],
  ["stdin_open", "stdin interactive"],
  ["user", "uid runas runasuser"],
  ["domainname", "domain"],
  ["dns", "dnsservers nameservers"],
  ["network_mode", "net"],
  ["read_only", "ro readonlyrootfilesystem"],
  // Of a health check
  ["test", "command cmd exec check"],
  ["interval", "period every"],
  ["start_period", "delay initialdelay gracetime"],
  ["retries", "attempts tries failurethreshold"],
  // Of a port, a mount, a network and the like
  ["target", "container containerport dst dest destination path"],
  ["published", "host hostport publish"],
  ["host_ip", "ip address"],
  ["source", "src from hostpath"],
  ["driver_opts", "driveroptions options opts"],
  ["ipv4_address", "ip ipv4 address"],
  ["aliases", "alias names"],
  ["subnet", "cidr range"],
  ["file", "path filename"],
  ["content", "data value text"],
  ["condition", "state status when"],
  // Values
  ["always", "true yes on"],
  ["no", "never none false off"],
  ["on-failure", "onerror failure"],
  ["never", "no none false"],
  ["missing", "ifmissing absent"],
  ["service_healthy", "healthy ready"],
  ["service_started", "started running up"],
  ["service_completed_successfully", "completed success exited finished done"],
  ["start-first", "rolling bluegreen"],
  ["bind", "file folder directory hostpath"],
  ["tmpfs", "memory"],
];

const usualWords: ReadonlyMap<string, readonly string[]> = words.reduce((all, [key, written]) => {
  for (const word of written.split(" ")) all.set(word, [...(all.get(word) ?? []), key]);
  return all;
}, new Map<string, readonly string[]>());
