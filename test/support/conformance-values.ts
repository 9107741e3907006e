import { type Fixtures, keys, withEnv } from "./conformance-fixtures.ts";

const table = (values: readonly string[], text: (value: string) => string): Fixtures =>
  Object.fromEntries(values.map((value) => [value, text(value)]));

const env = { FOO: "bar", EMPTY: "", N: "2", T: "true", P: "8080", D: "a$b", BAD: "x y" };

export const templates: Fixtures = Object.fromEntries(
  [
    ...["$FOO", "${FOO}", "x${FOO}y", "$FOO-x", "$FOO.x", "$foo", "$UNSET", "${UNSET}", "${UNSET:-d}", "${UNSET-d}"],
    ...["${EMPTY:-d}", "${EMPTY-d}", "${FOO:-d}", "${FOO-d}", "${FOO:+y}", "${EMPTY:+y}", "${EMPTY+y}", "${UNSET+y}"],
    ...["${UNSET:+y}", "${FOO:?e}", "${EMPTY?e}", "${UNSET:-${FOO}}", "${UNSET:-${FOO}-x}", "${UNSET:-${A:-${B:-c}}}"],
    ...["${UNSET:-a}b}", "${UNSET:-{}}", "${UNSET:-{a}}", "${UNSET:-a:-b}", "${UNSET:-/n:-a}", "${UNSET:-$FOO}"],
    ...["${UNSET:-$$x}", "${UNSET:-}", "${FOO:+${UNSET:-z}}", "${FOO:+$$}", "${UNSET-a-b}", "${UNSET:-a+b}"],
    ...["${UNSET:-a?b}", "${UNSET-a:?b}", "${FOO+a-b}", "${FOO:-a}${EMPTY:-b}", "$FOO$FOO", "${FOO}$$${FOO}"],
    ...["$$", "$$$$", "$$FOO", "$${FOO}", "$$$FOO", "$$$${FOO}", "$1", "$-", "a $ b", "$", "^R$", "$ {FOO}", "$(x)"],
    ...["$[x]", "${FOO}}", "{${FOO}}", '${UNSET:-"q"}', "${D}", "${UNSET:-\\}}", "${FOO:-${X}", "$FOO}", "${_x:-1}"],
    ...["${FOO} and ${UNSET:-b} and $$c", "é$FOO", "${UNSET:-é}", "${UNSET:- }", "${UNSET:-a b}"],
  ].map((template) => [template, withEnv(keys(`environment:\n  A: '${template}'`), env)]),
);

export const brokenTemplates: Fixtures = Object.fromEntries(
  ["${", "${}", "${ FOO}", "${FOO }", "${FOO!}", "${1}", "${FOO:}", "${FOO:x}", "${FOO", "${-x}", "${UNSET:?}"]
    .concat(["${UNSET:?e}", "${UNSET?e}", "${EMPTY:?e}", "${UNSET:?${FOO}}", "${UNSET:-${}}", "${FOO.x}", "${é}"])
    .map((template) => [template, withEnv(keys(`environment:\n  A: '${template}'`), env)]),
);

export const casts: Fixtures = Object.fromEntries(
  [
    ...["tty: ${T}", "tty: 'yes'", "tty: 'On'", "tty: 'N'", "tty: 'maybe'", "tty: ''", "init: ${T}", "init: 'false'"],
    ...["scale: ${N}", "scale: '+2'", "scale: '2.0'", "scale: 2.0", "scale: x", "scale: ''", "scale: 0", "scale: -1"],
    ...["cpus: '1.5'", "cpus: 1.5", "cpus: 2", "cpus: '1e1'", "cpus: x", "cpus: 0.1", "cpus: 1.23456789", "cpus: 0"],
    ...["pids_limit: '5'", "pids_limit: 5.0", "pids_limit: -1", "pids_limit: 5.5", "oom_score_adj: '5'"],
    ...["oom_score_adj: -1001", "oom_score_adj: '-1001'", "cpu_shares: '5'", "cpu_quota: 5.5", "cpu_count: -1"],
    ...["cpu_percent: 101", "cpu_percent: '50.5'", "cpu_percent: 50.5", "healthcheck: { retries: '3' }"],
    ...["healthcheck: { retries: -1 }", "healthcheck: { retries: 3.7 }", "healthcheck: { disable: 'yes' }"],
    ...["privileged: 'true'", "read_only: ${T}", "stdin_open: 'off'", "oom_kill_disable: 'y'", "attach: 'no'"],
    ...["attach: 'x'", "attach: true", "use_api_socket: 'true'", "use_api_socket: true", "ports: ['${P}:80']"],
    ...["ports: [{ target: '${N}' }]", "ports: [{ target: 'x' }]", "ports: [{ target: 80, published: ${P} }]"],
    ...["deploy: { replicas: '${N}' }", "deploy: { update_config: { parallelism: '2', max_failure_ratio: '0.5' } }"],
    ...["deploy: { restart_policy: { max_attempts: '-1' } }", "deploy: { resources: { limits: { pids: '5' } } }"],
    ...["deploy: { resources: { limits: { pids: 'x' } } }", "deploy: { resources: { limits: { cpus: 'x' } } }"],
    ...["ulimits: { nofile: '5' }", "ulimits: { nofile: { soft: '1', hard: 2 } }", "ulimits: { nofile: x }"],
    ...["ulimits: { nofile: -1 }", "ulimits: { nofile: 0 }", "ulimits: { nofile: 5.0 }", "ulimits: { NOFILE: 5 }"],
    ...["ulimits: { nofile: { soft: 0, hard: 0 } }", "ulimits: { nofile: { soft: 1 } }"],
    ...["volumes: [{ type: bind, source: /a, target: /b, read_only: 'yes' }]"],
    ...["volumes: [{ type: bind, source: /a, target: /b, bind: { create_host_path: 'no' } }]"],
    ...["volumes: [{ type: volume, target: /b, volume: { nocopy: 'x' } }]"],
    ...["depends_on: { b: { condition: service_started, required: 'x' } }", "expose: ['${P}']", "expose: [80.5]"],
    ...["group_add: [5.5]", "group_add: [5]", "group_add: [5, '5']", "user: 5", "user: true", "hostname: '0'"],
    ...["image: 2020-01-01", "image: ''", "working_dir: 1.5", "shm_size: 5.5", "shm_size: true"],
  ].map((text) => [text, withEnv(keys(text), env)]),
);

export const durations: Fixtures = table(
  [
    ...["1s", "90s", "1m30s", "1h5m2s", "500ms", "1.5s", "100us", "5ns", "1µs", "1d", "1w1d", "0", "0s", "-1s", "+1s"],
    ...["'10'", "10", "1", "''", "1x", "s", ".5s", "1.s", "1h 5m", "1H", "300y", "999999h", "9999999h", "1.123456789s"],
  ],
  (value) => keys(`stop_grace_period: ${value}`),
);

export const sizes: Fixtures = table(
  [
    ...[
      "1",
      "1024",
      "1b",
      "1k",
      "1kb",
      "1KiB",
      "1.5g",
      "512M",
      "1t",
      "1p",
      "'1 k'",
      "'1 '",
      "1K B",
      "1bb",
      "1e3",
      "'1e3'",
    ],
    ...["-1", "'-1'", "'-1k'", "1.5", "'1.5'", "1.k", "''", "k", "'+5'", "0", "true", "1 kib", "1mib", "1mibb"],
    ...["1_000", "0x10", "'0x10'", "9223372036854775807"],
  ],
  (value) => keys(`memswap_limit: ${value}`),
);

export const otherSizes: Fixtures = table(
  [
    "mem_limit: 1.5",
    "ports: ['+8080:+80', '-80', '8_0']",
    "gpus: [{ count: 1.0 }]",
    "deploy: { resources: { reservations: { devices: [{ capabilities: [gpu], count: 1.0 }] } } }",
    "extra_hosts: { a: [] }",
    "extra_hosts: { a: [], b: [1.1.1.1] }",
    ...[
      "65E7kib",
      "'5_50'",
      "'5_50m'",
      "'1_m'",
      "'93E4 '",
      "'93  m'",
      "'93m '",
      "inf",
      "'0x10k'",
      "'0x1p4k'",
      "'0x_1.8p24'",
      "'0x1p24g'",
      "12345678.9e1kb",
      "9eb",
      "9ib",
    ].map((size) => `mem_limit: ${size}`),
    "mem_reservation: 1.5",
    "mem_reservation: 1g",
    "mem_limit: '-1'",
    "mem_swappiness: 60",
    "deploy: { resources: { limits: { memory: 5 } } }",
    "deploy: { resources: { limits: { memory: 5m }, reservations: { memory: 1m, cpus: '0.5' } } }",
    "volumes: [{ type: tmpfs, target: /t, tmpfs: { size: 1m, mode: 0700 } }]",
    "volumes: [{ type: tmpfs, target: /t, tmpfs: { size: -1 } }]",
    "volumes: [{ type: tmpfs, target: /t, tmpfs: { mode: '0700' } }]",
    "blkio_config: { weight: 300, device_read_bps: [{ path: /dev/a, rate: 1mb }], weight_device: [{ path: /dev/a, weight: 5 }] }",
    "blkio_config: { wait: 300 }",
  ],
  keys,
);

export const commands: Fixtures = Object.fromEntries(
  [
    ...[
      "echo a b",
      "echo \"a b\" 'c d'",
      "a\\ b",
      'a "b\\"c"',
      "a 'b\\c'",
      "a;b",
      "a && b",
      "a || b",
      "a | b",
      "a > b",
    ],
    ...[
      "a 2> b",
      "a x2> b",
      "a 22>b",
      "a < b",
      "a & b",
      "a # b",
      "#a",
      "a `b c` d",
      "a $(b c) d",
      "a $(b (c)) d",
      "a (b)",
    ],
    ...["a )b", 'a "("', '""', "a ''", "''a", "  a  ", "a\\tb", "a\\nb", 'a "b', "a 'b", "a\\", "a `b", "a $(b", "$ x"],
    ...[
      "\\;",
      '";"',
      "a=b c",
      "a\\;b",
      "`a | b`",
      "$(a | b)",
      "a$(b)c",
      "\\$(a)",
      "é ü",
      "a\\\\b",
      "`a\\`b`",
      "a '' b",
    ],
    ...["2>x", "'2'>x", 'a "" > x', "'a'b", '$(echo "a)")'],
  ].flatMap((command): [string, ReturnType<typeof keys>][] => [
    [command, keys(`command: ${JSON.stringify(command.replaceAll("$", "$$"))}`)],
  ]),
);

export const commandForms: Fixtures = {
  "a list": keys("command: [a, 'b c', '']"),
  "an empty list": keys("command: []"),
  "an empty text": keys('command: ""'),
  null: keys("command:"),
  "a number": keys("command: 5"),
  "a number in a list": keys("command: [a, 5]"),
  "null in a list": keys("command: [a, null]"),
  "a map": keys("command: { a: b }"),
  "an empty entrypoint": keys('entrypoint: ""'),
  "a block": keys("command: |\n  a\n  b"),
  "a folded block": keys("command: >\n  a\n  b"),
  "a health check": keys("healthcheck: { test: curl x }"),
  "a health check list": keys("healthcheck: { test: [CMD, curl, x] }"),
  "a health check in a shell": keys("healthcheck: { test: [CMD-SHELL, curl x] }"),
  "no health check": keys("healthcheck: { test: [NONE] }"),
  "a health check without a word in front": keys("healthcheck: { test: [curl, x] }"),
  "an empty health check list": keys("healthcheck: { test: [] }"),
  "an empty health check": keys("healthcheck: {}"),
  "a null health check": keys("healthcheck:"),
  "a null health test": keys("healthcheck: { test: }"),
  "a health check that is off": keys("healthcheck: { disable: true }"),
  "all of a health check": keys(
    "healthcheck: { test: x, interval: 90s, timeout: 1500ms, retries: 3, start_period: 0s, start_interval: 5s }",
  ),
};
