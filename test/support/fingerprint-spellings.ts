/** Values of keys of one service. */
export type Spelling = Readonly<Record<string, unknown>>;

/** Ways to write one thing, for which the container engine gets one and the same create call. */
export const spellings: Readonly<Record<string, readonly Spelling[]>> = {
  "networks as a list and as a map": [
    { networks: ["front", "back"] },
    { networks: { front: null, back: {} } },
    { networks: { back: { aliases: [] }, front: { priority: 0, gw_priority: 0, driver_opts: {} } } },
  ],
  "the network that everybody has": [{}, { networks: ["default"] }, { networks: { default: null } }],
  "the address of a service and that of its only network": [
    { mac_address: "02:42:ac:11:00:02", networks: ["front"] },
    { networks: { front: { mac_address: "02:42:ac:11:00:02" } } },
  ],
  "a named volume": [
    { volumes: ["data:/d"] },
    { volumes: ["data:/d:rw"] },
    { volumes: [{ type: "volume", source: "data", target: "/d" }] },
    { volumes: [{ type: "volume", source: "data", target: "/d", read_only: false, volume: { nocopy: false } }] },
    { volumes: [{ type: "volume", source: "data", target: "/d", bind: { propagation: "shared" } }] },
  ],
  "a volume without a name": [{ volumes: ["/data"] }, { volumes: [{ type: "volume", target: "/data", volume: {} }] }],
  "a path of the host": [
    { volumes: ["/x:/d:ro"] },
    { volumes: [{ type: "bind", source: "/x", target: "/d", read_only: true }] },
    { volumes: [{ type: "bind", source: "/x", target: "/d", read_only: true, bind: { create_host_path: true } }] },
    { volumes: [{ type: "bind", source: "/x", target: "/d", read_only: true, bind: { recursive: "enabled" } }] },
  ],
  "a path of the host with options": [
    { volumes: ["/x:/d:z,rshared"] },
    { volumes: [{ type: "bind", source: "/x", target: "/d", bind: { selinux: "z", propagation: "rshared" } }] },
  ],
  "a mount in memory": [
    { volumes: [{ type: "tmpfs", target: "/t" }] },
    { volumes: [{ type: "tmpfs", target: "/t", tmpfs: {} }] },
  ],
  "a port": [
    { ports: ["8080:80"] },
    { ports: ["8080:80/tcp"] },
    { ports: [{ target: 80, published: "8080" }] },
    { ports: [{ target: 80, published: 8080, protocol: "tcp", mode: "host", name: "http" }] },
  ],
  "a port that the engine chooses": [{ ports: [80] }, { ports: ["80"] }, { ports: [{ target: 80 }] }],
  "what it listens on": [{ expose: [80, "90/udp"] }, { expose: ["80/tcp", "90/udp"] }],
  "one limit for both": [{ ulimits: { nofile: 5 } }, { ulimits: { nofile: { soft: 5, hard: 5 } } }],
  "a device": [
    { devices: ["/dev/null"] },
    { devices: ["/dev/null:/dev/null:rwm"] },
    { devices: [{ source: "/dev/null", target: "/dev/null" }] },
    { devices: [{ source: "/dev/null", target: "/dev/null", permissions: "rwm" }] },
  ],
  "every GPU": [
    { gpus: "all" },
    { gpus: [{ count: "all" }] },
    { gpus: [{ count: -1, capabilities: ["gpu"], options: {} }] },
  ],
  "a rate of nothing": [
    { blkio_config: { device_read_bps: [{ path: "/dev/a" }] } },
    { blkio_config: { device_read_bps: [{ path: "/dev/a", rate: 0 }] } },
    { blkio_config: { device_read_bps: [{ path: "/dev/a", rate: "0" }], weight_device: [] } },
  ],
  "a config": [
    { configs: ["one"] },
    { configs: [{ source: "one" }] },
    { configs: [{ source: "one", target: "one", uid: "0", gid: "0", mode: "0444" }] },
    { configs: [{ source: "one", target: "/one", mode: 0o444 }] },
  ],
  "a secret": [
    { secrets: ["one"] },
    { secrets: [{ source: "one", target: "one", mode: 0o444 }] },
    { secrets: [{ source: "one", target: "/run/secrets/one", uid: "0" }] },
  ],
  "no check of its health": [
    { healthcheck: { disable: true } },
    { healthcheck: { test: ["NONE"] } },
    { healthcheck: { disable: true, interval: "5s" } },
  ],
  "a check of its health": [
    { healthcheck: { test: "probe", interval: "90s" } },
    { healthcheck: { test: ["CMD-SHELL", "probe"], interval: "1m30s", disable: false } },
  ],
  "limits with deploy and without": [
    { mem_limit: "64m", cpus: 0.5, pids_limit: 9, mem_reservation: "32m" },
    {
      deploy: {
        resources: { limits: { memory: "64m", cpus: "0.5", pids: 9 }, reservations: { memory: "32m", devices: [] } },
      },
    },
  ],
  "to be started again": [
    { restart: "always" },
    { deploy: { restart_policy: { condition: "any", delay: "5s" } } },
    { restart: "no", deploy: { restart_policy: { condition: "any" } } },
  ],
  "to be started again a few times": [
    { restart: "on-failure:3" },
    { deploy: { restart_policy: { condition: "on-failure", max_attempts: 3 } } },
  ],
  "a link": [{ links: ["b"] }, { links: ["b:b"] }],
  "a link to another app": [{ external_links: ["other"] }, { external_links: ["other:other"] }],
  variables: [{ environment: { A: "1", B: null } }, { environment: ["A=1", "B"] }],
  hosts: [{ extra_hosts: ["one:192.0.2.1"] }, { extra_hosts: { one: "192.0.2.1" } }],
  "a file system in memory": [{ tmpfs: "/s" }, { tmpfs: ["/s"] }],
  "what is off": [{}, { privileged: false, tty: false, read_only: false, stdin_open: false }],
};

/** Ways to write one thing whose create calls differ in what the engine reads as the same. */
export const alikeToEngine: Readonly<Record<string, readonly Spelling[]>> = {
  "a capability": [{ cap_add: ["NET_ADMIN"] }, { cap_add: ["net_admin"] }, { cap_add: ["CAP_NET_ADMIN"] }],
  "a capability that is taken away": [{ cap_drop: ["ALL"] }, { cap_drop: ["all"] }],
  "a signal": [{ stop_signal: "SIGTERM" }, { stop_signal: "TERM" }, { stop_signal: "sigterm" }],
  "not to be started again": [
    {},
    { restart: "no" },
    { deploy: { restart_policy: {} } },
    { deploy: { restart_policy: { condition: "none", window: "5s" } } },
    { restart: "always", deploy: { restart_policy: { condition: "none" } } },
  ],
};

/** Two definitions that look alike, and are two. */
export const notAlike: Readonly<Record<string, readonly [Spelling, Spelling]>> = {
  "every address of the host, and those of IPv4": [{ ports: ["80:80"] }, { ports: ["0.0.0.0:80:80"] }],
  "the engine's own choice, and none": [{}, { init: false }],
  "the image's entrypoint, and none": [{}, { entrypoint: [] }],
  "a variable without a value, and an empty one": [{ environment: ["A"] }, { environment: ["A="] }],
  "networks, and one more": [{ networks: ["front"] }, { networks: ["front", "back"] }],
  "a network, and one with another name": [{ networks: ["front"] }, { networks: { front: { aliases: ["web"] } } }],
  "a network, and a higher priority of it": [
    { networks: ["front", "back"] },
    { networks: { front: { priority: 1 }, back: null } },
  ],
  "a path that is made, and one that must be there": [
    { volumes: ["/x:/d"] },
    { volumes: [{ type: "bind", source: "/x", target: "/d", bind: { create_host_path: false } }] },
  ],
  "a volume, and a file system in memory": [{ volumes: ["/d"] }, { volumes: [{ type: "tmpfs", target: "/d" }] }],
  "a soft and a hard limit": [{ ulimits: { nofile: 5 } }, { ulimits: { nofile: { soft: 4, hard: 5 } } }],
  "a device, and one to read from": [{ devices: ["/dev/null"] }, { devices: ["/dev/null:/dev/null:r"] }],
  "a file for everybody, and one for its owner": [{ secrets: ["one"] }, { secrets: [{ source: "one", mode: "0400" }] }],
  "a file, and one at another place": [{ configs: ["one"] }, { configs: [{ source: "one", target: "/etc/one" }] }],
  "limits with and without deploy": [
    { mem_limit: "64m" },
    { deploy: { resources: { reservations: { memory: "64m" } } } },
  ],
  "a policy that says nothing, and what it takes the place of": [
    { restart: "always" },
    { restart: "always", deploy: { restart_policy: {} } },
  ],
  "any number of times, and a few": [{ restart: "on-failure" }, { restart: "on-failure:3" }],
  "every GPU, and one": [{ gpus: "all" }, { gpus: [{ count: 1 }] }],
  "no check, and the image's": [{ healthcheck: { disable: true } }, {}],
};
