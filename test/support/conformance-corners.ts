import { files, type Fixtures, keys, over, withEnv } from "./conformance-fixtures.ts";

export const linuxPaths: Fixtures = {
  "include, a project directory that is a file": files({
    "compose.yaml": "include: [{path: sub/i.yaml, project_directory: f}]\nservices: {a: {image: i}}\n",
    "sub/i.yaml": "services: {b: {image: j, volumes: ['./x:/x']}}\n",
    f: "hi",
  }),
  "include, a project directory that is missing": files({
    "compose.yaml": "include: [{path: sub/i.yaml, project_directory: gone}]\nservices: {a: {image: i}}\n",
    "sub/i.yaml": "services: {b: {image: j, volumes: ['./x:/x']}}\n",
  }),
  "backslash bind": keys("volumes: ['.\\a\\b:/x', 'C:\\a:/y', 'a\\b:/z']"),
  "backslash long": keys(
    "volumes:\n  - {type: bind, source: '.\\a\\b', target: '/x\\y'}\n  - {type: bind, source: 'a\\b', target: /y}\n  - {type: bind, source: '\\\\srv\\b', target: /z}\n  - {type: bind, source: 'c:\\b', target: /w}\n  - {type: bind, source: 'c:/b', target: /q}",
  ),
  "backslash files": `services: {a: {image: i, secrets: [s], configs: [c], build: {context: 'x\\y\\..\\z', dockerfile: 'a\\b'}, env_file: [{path: 'a\\b', required: false}] }}\nsecrets: {s: {file: '.\\s'}}\nconfigs: {c: {file: 'c:\\x'}}\n`,
  "backslash extends": files({
    "compose.yaml": "services: {a: {extends: {file: 'sub\\b.yaml', service: b}}}\n",
    "sub\\b.yaml": "services: {b: {image: i, volumes: ['./x:/x']}}\n",
  }),
  "backslash include": files({
    "compose.yaml": "include: ['sub\\b.yaml']\n",
    "sub\\b.yaml": "services: {b: {image: i, volumes: ['./x:/x']}}\n",
  }),
  "backslash env file": files({ "compose.yaml": keys("env_file: 'a\\b'"), "a\\b": "A=1\n" }),
  "backslash volumes device":
    "services: {a: {image: i, volumes: ['v:/v']}}\nvolumes: {v: {driver: local, driver_opts: {o: bind, type: none, device: '.\\x'}}}\n",
};

export const sizes: Fixtures = {
  "memory, big": keys("mem_limit: 9007199254740993"),
  "memory, big string": keys("mem_limit: '9007199254740993'"),
  "memory, overflow": keys("mem_limit: '9223372036854775808'"),
  "memory, overflow int": keys("mem_limit: 9223372036854775808"),
  "memory, overflow unit": keys("mem_limit: 9999999p"),
  "memory, large unit": keys("mem_limit: 8191p"),
  "memory, large unit 2": keys("mem_limit: 8192p"),
  "memory, kb": keys("mem_limit: 9007199254740993b"),
  "memory, 1.1": keys("mem_limit: 1.1g\nshm_size: 0.1k"),
  "memory, float": keys("mem_limit: 1.5"),
  "memory, 1e30": keys("mem_limit: '1e30'"),
  "memory, neg": keys("mem_limit: '-5'"),
  "memory, neg unit": keys("mem_limit: '-5k'"),
  "shared memory, big": keys("shm_size: '9223372036854775807'"),
  "shared memory, overflow": keys("shm_size: '9223372036854775808'"),
  "tmpfs size big": keys("volumes: [{type: tmpfs, target: /t, tmpfs: {size: 9223372036854775807}}]"),
  "tmpfs size over": keys("volumes: [{type: tmpfs, target: /t, tmpfs: {size: 9223372036854775808}}]"),
  "tmpfs size over s": keys("volumes: [{type: tmpfs, target: /t, tmpfs: {size: '9223372036854775808'}}]"),
  "tmpfs size unit": keys("volumes: [{type: tmpfs, target: /t, tmpfs: {size: 99999p}}]"),
  "deploy mem": keys("deploy: {resources: {limits: {memory: 99999p}}}"),
  memswap: keys("memswap_limit: '-1'"),
};

export const yamlOfGo: Fixtures = {
  binary: keys("user: !!binary aGVsbG8=\nhostname: !!binary 'bad!'"),
  binary2: keys("user: !!binary aGVsbG8="),
  binary3: keys("labels: { a: !!binary aGVs bG8= }"),
  binary4: keys("labels: { a: !!binary /w== }"),
  "anchor colon": "x-a: &a:b v\nservices: { a: { image: i, user: *a:b } }\n",
  "anchor colon end": "x-a: &a: v\nservices: { a: { image: i, user: *a: } }\n",
  "anchor dot": "x-a: &a.b v\nservices: { a: { image: i, user: *a.b } }\n",
  "anchor odd": "x-a: &a$ v\nservices: { a: { image: i, user: *a$ } }\n",
  "anchor unicode": "x-a: &ä v\nservices: { a: { image: i, user: *ä } }\n",
  "anchor slash": "x-a: &a/b v\nservices: { a: { image: i, user: *a/b } }\n",
  "anchor quote": "x-a: &a'b v\nservices: { a: { image: i, user: *a'b } }\n",
  "ls plain": "services: { a: { image: i, user: 'a\u2028b' } }\n",
  "ls block": "services:\n  a:\n    image: i\n    user: a\u2028b\n",
  "nel plain": "services:\n  a:\n    image: i\u0085    user: b\n",
  "nel in quote": 'services:\n  a:\n    image: i\n    user: "a\u0085b"\n',
  "ps in quote": 'services:\n  a:\n    image: i\n    user: "a\u2029b"\n',
  "ls literal": "services:\n  a:\n    image: i\n    command: |\n      a\u2028b\n      c\n",
  "nel literal": "services:\n  a:\n    image: i\n    user: |\n      a\u0085      b\n",
  "escape nel": 'services:\n  a:\n    image: i\n    user: "a\\Nb\\Lc\\Pd\\_e\\e\\0\\x41\\U0001F600\\/\\ \\v\\a"\n',
  "no-break space": "services:\n  a:\n    image: i\n    user: a\u00a0\n",
};

export const withoutServices: Fixtures = {
  "no services": "name: x\nvolumes: { v: }\n",
  "no services, networks": "networks: { n: }\n",
  "no services, only x": "x-a: 1\n",
  "services empty": "services: {}\n",
  "services null": "services:\n",
  "include only": files({ "compose.yaml": "include: []\n" }),
  "name only": files({ "compose.yaml": "name: foo\n" }, { name: null }),
};

const asWritten = (text: string): ReturnType<typeof files> => files({ "compose.yaml": text }, { templates: true });

export const emptyValues: Fixtures = {
  "args list t": asWritten(keys("build: { context: ., args: [Q] }")),
  "args map t": asWritten(keys("build: { context: ., args: { Q: } }")),
  "args map t2": asWritten(keys("build: { context: ., args: { } }")),
  "args map t3": asWritten(keys("build: { context: ., args: [ ] }")),

  "hc empty": keys("healthcheck: {}"),
  "logging empty": keys("logging: {}"),
  "deploy empties": keys(
    "deploy: { resources: { limits: {}, reservations: {} }, labels: {}, placement: {}, update_config: {}, restart_policy: {}, rollback_config: {} }",
  ),
  "net empties":
    "services: { a: { image: i, networks: { n: {} } } }\nnetworks: { n: { ipam: { config: [], options: {} }, driver_opts: {}, labels: {} } }\n",
  "net pool":
    "services: { a: { image: i, networks: { n: {aliases: []} } } }\nnetworks: { n: { ipam: { config: [{}] } } }\n",
  "vol empties":
    "services: { a: { image: i, volumes: [{type: volume, source: v, target: /x, volume: {}, bind: {}, tmpfs: {}, image: {}}] } }\nvolumes: { v: { driver_opts: {}, labels: [] } }\n",
  "svc empties": keys(
    "cap_add: []\nconfigs: []\ndevices: []\ndns: []\ndns_opt: []\nexpose: []\nextra_hosts: []\ngroup_add: []\nlabels: []\nlinks: []\nports: []\nprofiles: []\nsecrets: []\nsecurity_opt: []\nsysctls: []\ntmpfs: []\nulimits: {}\nvolumes: []\nvolumes_from: []\nannotations: {}\nenv_file: []\nenvironment: {}\nstorage_opt: {}\nblkio_config: {}\ndevice_cgroup_rules: []\nexternal_links: []\ngpus: []\nlabel_file: []\nnetworks: {}\ndepends_on: {}\npost_start: []\npre_stop: []\nmodels: []\n",
  ),
  "svc zeros": keys(
    "cpus: 0\ncpu_shares: 0\nmem_limit: 0\nshm_size: 0\npids_limit: 0\noom_score_adj: 0\nscale: 0\ncpu_quota: 0\nmem_swappiness: 0\ntty: false\ninit: false\nprivileged: false\nread_only: false\nstdin_open: false\noom_kill_disable: false\nattach: false\nuse_api_socket: false\nstop_grace_period: 0s\nhostname: ''\nuser: ''\nworking_dir: ''\nrestart: ''\npull_policy: ''\nplatform: ''\ncontainer_name: ''\ndomainname: ''\nipc: ''\npid: ''\nuts: ''\ncgroup: ''\nmac_address: ''\nnetwork_mode: ''\nruntime: ''\nisolation: ''\nuserns_mode: ''\nstop_signal: ''\ncpuset: ''\ncgroup_parent: ''\nmemswap_limit: 0\nmem_reservation: 0",
  ),
  "build zeros": keys(
    "build: { context: '', dockerfile: '', target: '', network: '', no_cache: false, pull: false, privileged: false, shm_size: 0, isolation: '', tags: [], platforms: [], labels: {}, secrets: [], ssh: [], cache_from: [], ulimits: {}, extra_hosts: [], additional_contexts: {}, provenance: '', sbom: '', entitlements: [] , no_cache_filter: []}",
  ),
  "hc zeros": keys(
    "healthcheck: { test: [], interval: 0s, timeout: 0s, retries: 0, start_period: 0s, start_interval: 0s, disable: false }",
  ),
  "hc zeros2": keys("healthcheck: { test: '', retries: 0 }"),
  "port zeros": keys(
    "ports: [{target: 80, published: '', host_ip: '', protocol: '', mode: '', name: '', app_protocol: ''}, {target: 81, published: 0}]",
  ),
  "dep zeros":
    "services: { a: { image: i, depends_on: { b: { restart: false, required: true, condition: service_started } } }, b: { image: i } }\n",
  "secret zeros":
    "services: { a: { image: i, secrets: [{source: s, target: '', uid: '', gid: '', mode: 0}] } }\nsecrets: { s: { file: x, name: '', labels: {} } }\n",
  "config zeros":
    "services: { a: { image: i, configs: [{source: s, target: '', uid: '', gid: '', mode: 0}] } }\nconfigs: { s: { content: '', name: '' } }\n",
  "config zeros2": "services: { a: { image: i, configs: [{source: s}] } }\nconfigs: { s: { file: '' } }\n",
  "mount zeros": keys(
    "volumes: [{type: tmpfs, target: /t, tmpfs: {size: 0, mode: 0}}, {type: bind, source: /a, target: /b, read_only: false, consistency: '', bind: {propagation: '', selinux: '', create_host_path: false, recursive: ''}}]",
  ),
  "ulimit of a build as text": keys("build: { context: ., ulimits: { a: '80' } }"),
  "ulimit of a build from a variable": keys("build: { context: ., ulimits: { a: '${N:-80}' } }"),
  "ulimit of a build": keys("build: { context: ., ulimits: { a: 80, b: { soft: 1, hard: 2 } } }"),
  "two rings of services":
    "services: { a: { image: i, depends_on: [a] }, b: { image: i, depends_on: [c] }, c: { image: i, depends_on: [b] } }\n",
  "ulimit zeros": keys("ulimits: { a: 0, b: {soft: 0, hard: 0}, c: -1 }"),
  "deploy zeros": keys(
    "deploy: { replicas: 0, mode: '', endpoint_mode: '', labels: {a: ''}, resources: {limits: {cpus: 0, memory: 0, pids: 0}, reservations: {devices: []}}, restart_policy: {condition: '', delay: 0s, max_attempts: 0, window: 0s}, update_config: {parallelism: 0, delay: 0s, failure_action: '', max_failure_ratio: 0, monitor: 0s, order: ''}, placement: {constraints: [], preferences: [], max_replicas_per_node: 0} }",
  ),
  "net zeros":
    "services: { a: { image: i, networks: { n: {priority: 0, gw_priority: 0, ipv4_address: '', aliases: [''], mac_address: ''} } } }\nnetworks: { n: { driver: '', internal: false, attachable: false, enable_ipv4: false, enable_ipv6: false, external: false, name: '' } }\n",
  "vol zeros":
    "services: { a: { image: i, volumes: ['v:/v'] } }\nvolumes: { v: { driver: '', external: false, name: '' } }\n",
  "watch zeros": keys(
    "build: .\ndevelop: { watch: [{ action: rebuild, path: a, target: '', ignore: [], include: [], initial_sync: false }] }",
  ),
  "develop empty": keys("develop: {}"),
  "develop empty2": keys("develop: { watch: [] }"),
  "logging zeros": keys("logging: { driver: '', options: {} }"),
  "logging null opts": keys("logging: { driver: x, options: }"),
  "gpus zeros": keys("gpus: [{ driver: '', count: 0, capabilities: [], device_ids: [], options: {} }]"),
  gpus: keys("gpus: all"),
  gpus2: keys("gpus: [{}]"),
  "res dev": keys(
    "deploy: { resources: { reservations: { devices: [{capabilities: [gpu], count: 0}, {capabilities: [x], device_ids: ['0', '3']}, {capabilities: [tpu], count: '2', driver: d, options: [a=b]}] } } }",
  ),
  "res dev nocap": keys("deploy: { resources: { reservations: { devices: [{count: 1}] } } }"),
  "hooks zeros": keys(
    "post_start: [{ command: '', user: '', privileged: false, working_dir: '', environment: [] }]\npre_stop: [{ command: [] , environment: {A: }}]",
  ),
  "hooks nocmd": keys("post_start: [{ user: x }]"),
  pre_start: keys(
    "pre_start: [{ command: x }, { image: j, command: [a], user: r, environment: [A, B=1], working_dir: /x, privileged: true }]",
  ),
  models:
    "services: { a: { image: i, models: [m] }, b: { image: i, models: { m: { endpoint_var: A, model_var: B } } } }\nmodels: { m: { model: x, context_size: 10, runtime_flags: [a] } }\n",
  provider:
    "services: { a: { provider: { type: x, options: { a: b, c: [d, e], n: 1 } } }, b: { image: i, depends_on: [a] } }\n",
  "labels list dup": keys("labels: [a=1, a=2, b]"),
  "env dup": keys("environment: [A=1, A=2]"),
  "env map null": keys("environment:\n  A:\n  B: ~\n  C: null\n  D: ''"),
  nulls: keys(
    "ports:\nvolumes:\nnetworks:\nlabels:\nenvironment:\ndepends_on:\nlogging:\nhealthcheck:\ndeploy:\nbuild:\nulimits:",
  ),
  nulls1: keys("ports:"),
  nulls2: keys("volumes:"),
  nulls3: keys("networks:"),
  nulls4: keys("labels:"),
  nulls5: keys("environment:"),
  nulls6: keys("depends_on:"),
  nulls7: keys("logging:"),
  nulls8: keys("healthcheck:"),
  nulls9: keys("deploy:"),
  nulls10: keys("build:"),
  nulls11: keys("ulimits:"),
  nulls12: keys("command:"),
  nulls13: keys("restart:"),
  nulls14: keys("env_file:"),
  nulls15: keys("profiles:"),
  nulls16: keys("extra_hosts:"),
  nulls17: keys("sysctls:"),
  nulls18: keys("dns:"),
  nulls19: keys("tmpfs:"),
  nulls20: keys("configs:"),
  nulls21: keys("secrets:"),
  nulls22: keys("devices:"),
  nulls23: keys("expose:"),
  nulls24: keys("tty:"),
  nulls25: keys("cpus:"),
  nulls26: keys("mem_limit:"),
  nulls27: keys("scale:"),
  nulls28: keys("stop_grace_period:"),
  nulls29: keys("annotations:"),
  nulls30: keys("gpus:"),
  nulls31: keys("develop:"),
  nulls32: keys("extends:"),
  nulls33: keys("image:"),
  nulls34: keys("user:"),
  nulls35: keys("label_file:"),
  nulls36: keys("links:"),
  nulls37: keys("blkio_config:"),
  nulls38: keys("cap_add:"),
  nulls39: keys("entrypoint:"),
  nulls40: keys("init:"),

  "arguments: list": keys("build: { context: ., args: [Q] }"),
  "arguments: map": keys("build: { context: ., args: { Q: } }"),
  "arguments: ext": files({
    "compose.yaml": "services:\n  web: { extends: { file: c/c.yaml, service: b } }\n",
    "c/c.yaml": "services: { b: { image: i, build: { context: ., args: [Q] } } }\n",
  }),
  "arguments: ext map": files({
    "compose.yaml": "services:\n  web: { extends: { file: c/c.yaml, service: b } }\n",
    "c/c.yaml": "services: { b: { image: i, build: { context: ., args: {Q: } } } }\n",
  }),
  "arguments: ext same": "services:\n  web: { extends: b }\n  b: { image: i, build: { context: ., args: [Q] } }\n",
  "arguments: ext env": files(
    {
      "compose.yaml": "services:\n  web: { extends: { file: c/c.yaml, service: b } }\n",
      "c/c.yaml": "services: { b: { image: i, build: { context: ., args: [Q, R=1] } } }\n",
    },
    { env: { Q: "1" } },
  ),
  "env ext": files({
    "compose.yaml": "services:\n  web: { extends: { file: c/c.yaml, service: b } }\n",
    "c/c.yaml": "services: { b: { image: i, environment: [Q, R=1], labels: [A, B=1], annotations: [C] } }\n",
  }),
  env: files({
    "compose.yaml":
      "services:\n  web: { image: i, environment: [Q, R=1], labels: [A, B=1], annotations: [C] , build: {context: ., labels: [X], args: []}}\n",
  }),
  "arguments: empty": keys("build: { context: ., args: [] }"),
  "arguments: empty map": keys("build: { context: ., args: {} }"),
  "arguments: incl": files({
    "compose.yaml": "include: [c/c.yaml]\n",
    "c/c.yaml": "services: { b: { image: i, build: { context: ., args: [Q] } } }\n",
  }),
  "arguments: 2 files": over("build: { context: ., args: [Q] }", "user: x"),
  "arguments: 2 files b": over("build: { context: ., args: [Q] }", "build: { args: [R] }"),

  b1: keys("build: { context: '', dockerfile_inline: '' }"),
  b2: keys("build: { dockerfile: D, dockerfile_inline: '' }"),
  b3: keys("build: ''"),
  b4: keys("build: ${X}"),
  b5: withEnv(keys("build: { context: '${X}' }"), {}),
  b6: keys("build: {}"),
  b7: keys("build: { dockerfile_inline: x, dockerfile: '' }"),
  b8: over("build: { context: a }", "build: { context: '' }"),
  b9: keys("build: { dockerfile: '', target: x }"),

  s1: {
    files: { "compose.yaml": keys("build: { context: '', args: [Q] }") },
    stackFiles: ["compose.yaml"],
    skips: { normalisation: true },
  },
  s2: {
    files: { "compose.yaml": keys("build: { dockerfile: '' }") },
    stackFiles: ["compose.yaml"],
    skips: { normalisation: true },
  },
};

export const resetContent: Fixtures = {
  "so null": keys("storage_opt: {a: }"),
  "so int": keys("storage_opt: {a: 1}"),
  "so float": keys("storage_opt: {a: 1.5}"),
  "so bool": keys("storage_opt: {a: true}"),
  "so list": keys("storage_opt: {a: [b]}"),
  "so list2": keys("storage_opt: [a]"),
  "so map": keys("storage_opt: {a: {b: c}}"),
  "so x": keys("storage_opt: {a: ''}"),
  "hook image 1": keys("pre_start: [{command: x, image: ''}]"),
  ps2: keys("pre_start: [{command: x, image: }]"),
  ps3: keys("pre_start: [{command: x, image: '${X}'}]"),
  "network mode ": keys("network_mode: ''\nnetworks: [default]"),
  "network mode 2": keys("network_mode: '${X}'"),
  "network mode 3": over("network_mode: host", "network_mode: ''"),
  "network mode 4": over("network_mode: ''", "networks: [default]"),
  "dup keys in reset": over("ports: ['1']", "ports: !reset [{a: 1, a: 2}]"),
  "alias unknown in reset": over("ports: ['1']", "ports: !reset [*x]"),
  "anchor in reset": over("ports: ['1']", "ports: !reset [&q '5']\nuser: *q"),
  "inf in reset": over("ports: ['1']", "ports: !reset [.inf]"),
  "bad tag in reset": over("ports: ['1']", "ports: !reset [!!int x]"),
  "intkey in reset": over("ports: ['1']", "ports: !reset [{1: 2}]"),
  "merge in reset": over("ports: ['1']", "ports: !reset {<<: a}"),
};
