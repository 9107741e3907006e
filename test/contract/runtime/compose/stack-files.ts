/** A stack file that both tools make. Its image is that of the tests. */
export interface ComparedStackFile {
  /** Texts by name; `compose.yaml` is the one that is loaded. */
  readonly files: Readonly<Record<string, string>>;
  /** Why the engine or the kernel of the tests may not make it as it stands. What is asked for is compared all the same. */
  readonly askedOnly?: string;
}

/** Between them they have every key that works: a service for each matter, and what others it has to do with. */
export const stackFiles: Readonly<Record<string, ComparedStackFile>> = {
  "what runs, and when it ends": {
    files: {
      "compose.yaml": `
name: alike
include:
  - { path: [included.yaml], env_file: [included.env], project_directory: . }
services:
  plain: { image: test/busybox:1 }
  process:
    image: test/busybox:1
    command: [sh, -c, "echo $$HOME; exec sleep 60"]
    entrypoint: [env, "X=1"]
    environment: { A: "1", EMPTY: "", FROM_IMAGE: , EQUALS: "a=b", DOLLAR: "$$x" }
    env_file:
      - { path: values.env, required: true }
      - { path: raw.env, required: false, format: raw }
      - { path: absent.env, required: false }
    working_dir: /srv
    user: "1000:1000"
    init: true
    tty: true
    stdin_open: true
    platform: linux
    pull_policy: never
    hostname: alpha
    domainname: example.org
    stop_signal: SIGINT
    stop_grace_period: 1m30s
    labels: { a: "1", empty: }
    label_file: [more.labels]
    container_name: alike_process
    logging: { driver: json-file, options: { max-size: 10m, max-file: 3 } }
  words: { image: test/busybox:1, command: sh -c "sleep 60", entrypoint: env X=1, init: false, user: root, hostname: "" }
  cleared: { image: test/busybox:1, command: [], entrypoint: [], stop_grace_period: 0s, environment: [ONE=1, FROM_IMAGE] }
  shell: { image: test/busybox:1, healthcheck: { test: wget -q localhost } }
  checked:
    image: test/busybox:1
    healthcheck: { test: [CMD, "true"], interval: 1m30s, timeout: 500ms, retries: 3, start_period: 10s }
  unchecked: { image: test/busybox:1, healthcheck: { disable: true } }
  none: { image: test/busybox:1, healthcheck: { test: [NONE] } }
  timed: { image: test/busybox:1, healthcheck: { interval: 3s } }
  halves: { image: test/busybox:1, stop_grace_period: 1500ms, healthcheck: { test: "true", interval: 1.5s, timeout: 1h2m } }
  zeros: { image: test/busybox:1, healthcheck: { test: "true", interval: 0s, retries: 0 }, working_dir: "" }
  texts: { image: test/busybox:1, command: "", entrypoint: "", labels: [a=b=c, "d=$$e", f], environment: { A: 1.50, B: true, C: 0x10 } }
  quoted: { image: test/busybox:1, command: 'sh -c "echo ''a b'' \\"c\\""', entrypoint: ["", "x y"] }
  quiet: { image: test/busybox:1, logging: { driver: none } }
  logged: { image: test/busybox:1, logging: { options: { tag: x } } }
  always: { image: test/busybox:1, restart: always }
  stopped: { image: test/busybox:1, restart: unless-stopped }
  never: { image: test/busybox:1, restart: "no" }
  counted: { image: test/busybox:1, restart: on-failure:5 }
  failing: { image: test/busybox:1, restart: on-failure }
  policy:
    image: test/busybox:1
    restart: always
    deploy: { restart_policy: { condition: on-failure, max_attempts: 2 } }
  any: { image: test/busybox:1, deploy: { restart_policy: { condition: any } } }
  last: { image: test/busybox:1, deploy: { restart_policy: { condition: none } } }
  empty-policy: { image: test/busybox:1, restart: always, deploy: { restart_policy: {} } }
  twice: { image: test/busybox:1, scale: 2 }
  replicas: { image: test/busybox:1, deploy: { mode: replicated, replicas: 2, update_config: { order: stop-first } } }
  placed: { image: test/busybox:1, deploy: { mode: global, placement: {}, rollback_config: {} } }
  waiting:
    image: test/busybox:1
    depends_on:
      plain: { condition: service_started, restart: true, required: true }
      checked: { condition: service_healthy }
  absent: { image: test/busybox:1, profiles: [off] }
  extended: { extends: { service: base, file: other.yaml }, environment: { B: "2" } }
`,
      "included.yaml": "services: { included: { image: 'test/busybox:1', environment: { X: '${X}' } } }\n",
      "included.env": "X=of the included file\n",
      "values.env": "B='two words'\nC=$A\n",
      "raw.env": "D='raw'\n",
      "more.labels": "from=a file\n",
      "other.yaml": "services: { base: { image: 'test/busybox:1', environment: { A: '1', B: '1' }, user: nobody } }\n",
    },
  },
  "what it may use": {
    files: {
      "compose.yaml": `
name: alike
services:
  plain: { image: test/busybox:1, pid: host, uts: host, ipc: shareable }
  shares: { image: test/busybox:1, pid: "service:plain", ipc: "service:plain" }
  private: { image: test/busybox:1, ipc: private, userns_mode: host, cgroup: private }
  security:
    image: test/busybox:1
    privileged: true
    read_only: true
    cap_add: [NET_ADMIN, SYS_TIME]
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true", "apparmor=unconfined", "seccomp=unconfined"]
    devices:
      - { source: /dev/null, target: /dev/nothing, permissions: r }
      - /dev/zero
    device_cgroup_rules: ["c 1:3 mr"]
    sysctls: { net.core.somaxconn: 1024 }
    ulimits: { nproc: 64, nofile: { soft: 1000, hard: 2000 } }
    group_add: [audio, 20]
    cgroup_parent: /alike
    runtime: runc
    oom_score_adj: 100
    shm_size: 32m
    cgroup: host
  letters: { image: test/busybox:1, cap_add: [net_admin, CAP_SYS_TIME], cap_drop: [chown], devices: ["/dev/null:/dev/a:rw", "/dev/null"] }
  numbers: { image: test/busybox:1, group_add: ["0", 1000], sysctls: { net.ipv4.ip_forward: 1 }, ulimits: { nofile: 0, core: -1 } }
  bare: { image: test/busybox:1, security_opt: ["no-new-privileges", "label=disable"], sysctls: [net.core.somaxconn=512] }
  open: { image: test/busybox:1, security_opt: ["systempaths=unconfined"] }
`,
    },
  },
  "what not every engine and kernel has": {
    askedOnly: "kernels leave some of these limits out, and the engine may be older than the keys or lack a driver",
    files: {
      "compose.yaml": `
name: alike
services:
  limits:
    image: test/busybox:1
    cpus: 0.5
    cpu_shares: 512
    cpuset: "0"
    mem_limit: 64m
    mem_reservation: 32m
    memswap_limit: 128m
    pids_limit: 100
  quota: { image: test/busybox:1, cpu_quota: 50000, cpu_period: 100000, pids_limit: -1, memswap_limit: -1, mem_limit: 1g }
  fractions: { image: test/busybox:1, cpus: 0.7, mem_limit: 1.5g, shm_size: 1.5m, memswap_limit: 0, pids_limit: 0 }
  more-fractions: { image: test/busybox:1, cpus: "1.1", cpu_shares: 2.0, mem_reservation: 7.3mb }
  deployed-fractions: { image: test/busybox:1, deploy: { resources: { limits: { cpus: "0.7", memory: 10.5M } } } }
  deployed-third: { image: test/busybox:1, deploy: { resources: { limits: { cpus: 0.333333333 } } } }
  deployed:
    image: test/busybox:1
    deploy:
      resources:
        limits: { cpus: "0.25", memory: 50M, pids: 50 }
        reservations: { memory: 20M }
  disks:
    image: test/busybox:1
    blkio_config:
      device_read_bps: [{ path: /dev/vda, rate: 1mb }]
      device_read_iops: [{ path: /dev/vda, rate: 100 }]
      device_write_bps: [{ path: /dev/vda, rate: 2mb }]
      device_write_iops: [{ path: /dev/vda, rate: 200 }]
  kernel:
    image: test/busybox:1
    cpu_rt_period: 1000000
    cpu_rt_runtime: 950000
    blkio_config: { weight: 300, weight_device: [{ path: /dev/vda, weight: 400 }] }
    storage_opt: { size: 1G }
  noted: { image: test/busybox:1, annotations: { a: "1" } }
  soon: { image: test/busybox:1, healthcheck: { test: "true", start_period: 5s, start_interval: 1s } }
  all: { image: test/busybox:1, gpus: all }
  some:
    image: test/busybox:1
    gpus:
      - { driver: nvidia, count: 2, capabilities: [compute], options: { a: b } }
      - { device_ids: ["0", "1"], capabilities: [gpu, utility] }
  reserved:
    image: test/busybox:1
    deploy:
      resources:
        reservations:
          devices:
            - { capabilities: [tpu], driver: d, count: 2, options: { a: b } }
            - { capabilities: [gpu], device_ids: ["3"] }
            - { capabilities: [gpu] }
  named: { image: test/busybox:1, devices: ["vendor.com/gpu=all", "vendor.com/nic=eth0:/dev/nic", /dev/null] }
  below:
    image: test/busybox:1
    volumes:
      - { type: bind, source: /srv, target: /a, read_only: true, bind: { recursive: readonly } }
      - { type: bind, source: /srv, target: /b, read_only: true, bind: { recursive: writable } }
      - { type: bind, source: /srv, target: /c, bind: { recursive: disabled, create_host_path: false } }
      - { type: volume, source: data, target: /d, volume: { subpath: a/b } }
  joined:
    image: test/busybox:1
    mac_address: 02:42:ac:11:00:09
    networks:
      front: { interface_name: lan0, gw_priority: 10, priority: 1, mac_address: "" }
      back: { mac_address: 02:42:ac:11:00:08, gw_priority: -1, driver_opts: { a: b }, interface_name: lan1 }
networks:
  front: { enable_ipv4: true }
  back: { enable_ipv4: false, enable_ipv6: true, ipam: { config: [{ subnet: "fd00:1::/64" }] } }
volumes: { data: }
`,
    },
  },
  "what it keeps and reads": {
    files: {
      "compose.yaml": `
name: alike
services:
  short: { image: test/busybox:1, volumes: [data:/data, other:/other:ro, /anonymous, /srv:/srv, /etc:/host:ro] }
  volumes:
    image: test/busybox:1
    volumes:
      - { type: volume, source: data, target: /data, read_only: true, volume: { nocopy: true } }
      - { type: volume, target: /anonymous, volume: { labels: { a: b } } }
      - { type: volume, source: named, target: /named }
      - { type: volume, source: outside, target: /outside }
  binds:
    image: test/busybox:1
    volumes:
      - { type: bind, source: /srv, target: /plain }
      - { type: bind, source: /srv, target: /shared, bind: { propagation: rslave } }
      - { type: bind, source: /srv, target: /there, read_only: true, bind: { create_host_path: false } }
      - { type: bind, source: /srv, target: /made, bind: { create_host_path: true } }
      - { type: bind, source: /srv, target: /labelled, bind: { selinux: z } }
      - { type: bind, source: /srv, target: /own, read_only: true, bind: { selinux: Z } }
  targets: { image: test/busybox:1, volumes: ["data:/data/", "/srv/../srv:/a/./b:ro", "other:/o:nocopy"], tmpfs: /run/ }
  memory:
    image: test/busybox:1
    tmpfs: [/run, "/tmp:size=64m,mode=1777"]
    volumes:
      - { type: tmpfs, target: /plain }
      - { type: tmpfs, target: /cache, tmpfs: { size: 1048576, mode: 0700 } }
  shares: { image: test/busybox:1, volumes_from: [volumes, "binds:ro"] }
  reads: { image: test/busybox:1, volumes_from: ["container:alike-short-1:ro"], depends_on: [short] }
  declared: { image: "test/busybox:volumes" }
  mounted: { image: "test/busybox:volumes", volumes: ["data:/declared"], tmpfs: [/also] }
  files:
    image: test/busybox:1
    configs:
      - { source: file, target: /etc/one, uid: "1000", gid: "1000", mode: 0440 }
      - text
      - { source: variable, target: two }
    secrets:
      - key
      - { source: key, target: other, uid: "1", gid: "2", mode: 0400 }
      - { source: variable, target: /absolute }
volumes:
  data:
  other: { driver: local, labels: { a: b } }
  named: { name: alike-by-name, driver_opts: { type: tmpfs, device: tmpfs, o: size=1m } }
  outside: { external: true, name: alike-outside }
configs:
  file: { file: ./file.txt }
  text: { content: "some text" }
  variable: { environment: A_CONFIG }
secrets:
  key: { file: ./key.txt }
  variable: { environment: A_SECRET }
`,
      "file.txt": "of a file\n",
      "key.txt": "secret\n",
    },
  },
  "what it is connected to": {
    files: {
      "compose.yaml": `
name: alike
services:
  plain: { image: test/busybox:1, expose: [3000, "4000-4002/udp"] }
  ports:
    image: test/busybox:1
    ports:
      - "8080:80"
      - "127.0.0.1:9000-9001:90-91/udp"
      - "443"
      - { target: 53, protocol: udp, host_ip: 127.0.0.1, published: "5300-5310", mode: host }
      - "[::1]:6000:60"
    expose: ["80", "70/udp"]
  joined:
    image: test/busybox:1
    networks:
      front: { aliases: [www, web], priority: 10 }
      back: { ipv4_address: 10.99.0.5, ipv6_address: "fd00:99::5", link_local_ips: [169.254.8.8] }
      outside:
  options: { image: test/busybox:1, networks: { front: { driver_opts: { a: b }, mac_address: 02:42:ac:11:00:07 } } }
  addressed: { image: test/busybox:1, networks: [front], mac_address: 02:42:ac:11:00:09 }
  linked: { image: test/busybox:1, networks: [front], links: ["options:database", addressed], external_links: ["alike-plain-1:old"] }
  inside: { image: test/busybox:1, network_mode: "service:plain" }
  other: { image: test/busybox:1, network_mode: "container:alike-plain-1", depends_on: [plain] }
  host: { image: test/busybox:1, network_mode: host }
  nothing: { image: test/busybox:1, network_mode: none }
  bridge: { image: test/busybox:1, network_mode: bridge }
  by-name: { image: test/busybox:1, network_mode: alike-outside }
  names:
    image: test/busybox:1
    extra_hosts: { db: 10.0.0.1, six: "::1", gateway: host-gateway, two: [10.0.0.2, 10.0.0.3] }
    dns: [10.0.0.53, 10.0.0.54]
    dns_search: [example.org, example.com]
    dns_opt: ["ndots:2"]
  brackets: { image: test/busybox:1, extra_hosts: ["six=[::1]", "four:10.0.0.1", "seven:::1"], dns: "" }
  default: { image: test/busybox:1, network_mode: "", expose: ["9000-9001", 9100] }
  loose: { image: test/busybox:1, links: [plain] }
  alone: { image: test/busybox:1, dns: 10.0.0.53, dns_search: ., extra_hosts: ["db=10.0.0.1"] }
networks:
  front: { driver: bridge, driver_opts: { com.docker.network.bridge.name: alike0 }, labels: { a: b }, attachable: true }
  back:
    name: alike-by-name
    internal: true
    enable_ipv6: true
    ipam:
      driver: default
      options: { a: b }
      config:
        - { subnet: 10.99.0.0/24, ip_range: 10.99.0.128/25, gateway: 10.99.0.1, aux_addresses: { router: 10.99.0.2 } }
        - { subnet: "fd00:99::/64" }
  outside: { external: true, name: alike-outside }
`,
    },
  },
  "what was external in the old way": {
    files: {
      "compose.yaml": `
name: alike
services:
  old: { image: test/busybox:1, networks: [old], volumes: ["old:/old"] }
networks: { old: { external: { name: alike-outside } } }
volumes: { old: { external: { name: alike-outside } } }
`,
    },
  },
};
