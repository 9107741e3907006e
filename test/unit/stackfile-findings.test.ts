import { describe, expect, it } from "@jest/globals";
import { findings, load } from "../support/stack-files.ts";

const service = (keys: string): string =>
  `services:\n  web:\n    image: i:1\n    ${keys.trim().replaceAll("\n", "\n    ")}\n`;

describe("a finding has its place and says what to do", () => {
  it.each([
    [
      "a quote that stays open",
      service('command: "run\nuser: x'),
      '4:14 error yaml: the " that opens here is never closed',
    ],
    [
      "a bracket that stays open",
      service("ports: [80, [81\n"),
      "4:17 error yaml: the [ that opens here is never closed",
    ],
    [
      "a bracket inside one that stays open",
      service("ports: [80, [81]\n"),
      "4:12 error yaml: the [ that opens here is never closed",
    ],
    [
      "a bracket that stays open before the end",
      service("ports: [80\nuser: x"),
      "4:12 error yaml: the [ that opens here is never closed",
    ],
    [
      "a quote that is escaped at the end",
      service('user: "x\\"'),
      '4:11 error yaml: the " that opens here is never closed',
    ],
    ["a list item among keys", service("- user"), "4:5 error yaml: a list item stands among the keys of a map"],
    [
      "a key further in than those beside it",
      service("ports:\n  - 80\n  user: x"),
      "6:7 error yaml: this line is indented unlike those beside it",
    ],
    ["half a character", 'services: { a: { image: "\\ud83d" } }\n', "1:26 error yaml: \\ud83d is no character"],
    [
      "a slash that is escaped",
      'services: { a: { image: "a\\/b" } }\n',
      "1:27 error yaml: docker compose does not know the escape \\/",
    ],
    [
      "a tag before a comma",
      "services: { a: { image: !x, user: b } }\n",
      "1:27 error yaml: a space is missing behind the tag, before ,",
    ],
    [
      "the end of a document in quotes",
      "services: { a: { image: 'a\n--- b' } }\n",
      "1:25 error yaml: the ' that opens here is never closed",
    ],
    [
      "a host port that is none",
      service("ports: [{ target: 80, published: abc }]"),
      "4:38 error invalid-value: services.web.ports[0].published must be a port or a range of ports",
    ],
    [
      "a source of what lies in memory",
      service("volumes: [{ type: tmpfs, source: x, target: /t }]"),
      '4:30 error not-supported: "source" is not supported: what lies in memory comes from nowhere',
    ],
    ...["hostname: x", "dns: [1.1.1.1]", "extra_hosts: [a=1.1.1.1]", "ports: ['80:80']", "expose: [80]"].map(
      (key): [string, string, string] => [
        `${key} in the network of another container`,
        service(`network_mode: container:other\n${key}`),
        `5:5 error not-supported: "${key.split(":")[0] ?? ""}" is not supported: it is about the network of the other`,
      ],
    ),
    [
      "a name of a host's own",
      service("hostname: x\nuts: host"),
      '4:5 error not-supported: "hostname" is not supported: with uts: host the name is that of the host',
    ],
    ["a tab before a key", "services:\n\tweb: {}\n", "2:1 error yaml: a tab indents this line"],
    [
      "a control character",
      service("user: a\u0007"),
      "4:12 error yaml: the control character U+0007 may not be in a YAML file",
    ],
    ["a misspelt key", service("prots: []"), '4:5 error unknown-key: unknown key "prots" in services.web'],
    [
      "a misspelt section",
      "services: { a: { image: i } }\nvolume: {}\n",
      '2:1 error unknown-key: unknown key "volume"',
    ],
    [
      "a misspelt key inside",
      service("healthcheck: { intervall: 3s }"),
      '4:20 error unknown-key: unknown key "intervall" in services.web.healthcheck',
    ],
    [
      "a map for a list",
      service("ports: { a: b }"),
      "4:12 error wrong-type: services.web.ports must be a list, not a map",
    ],
    ["a number for a string", service("user: 5"), "4:11 error wrong-type: services.web.user must be a string, not 5"],
    [
      "an empty key",
      service("environment:"),
      "4:5 error wrong-type: services.web.environment must be a map or a list of NAME=value, not empty",
    ],
    [
      "a word for a duration",
      service("stop_grace_period: soon"),
      '4:24 error wrong-type: services.web.stop_grace_period must be a duration such as "1m30s" or "500ms", not "soon"',
    ],
    [
      "a bare number for a duration",
      service("stop_grace_period: 10"),
      '4:24 error wrong-type: services.web.stop_grace_period must be a duration such as "1m30s" or "500ms", not 10',
    ],
    [
      "a bad size",
      service("mem_limit: lots"),
      '4:16 error wrong-type: services.web.mem_limit must be a size in bytes such as "512m" or "1.5g", not "lots"',
    ],
    [
      "a bad restart policy",
      service("restart: allways"),
      '4:14 error invalid-value: services.web.restart must be no, always, unless-stopped or on-failure[:N], not "allways"',
    ],
    ...(
      [
        ["cpus: -0.5", "cpus", 11, "-0.5"],
        ["shm_size: -1", "shm_size", 15, "-1"],
        ["stop_grace_period: -5s", "stop_grace_period", 24, '"-5s"'],
      ] as const
    ).map(([written, path, column, shown]): [string, string, string] => [
      `less than nothing: ${written}`,
      service(written),
      `4:${column} error invalid-value: services.web.${path} must be at least 0, not ${shown}`,
    ]),
    ...(
      [
        ["mem_limit: -1", "mem_limit", 16, "-1"],
        ["mem_limit: 512", "mem_limit", 16, "512"],
        ["mem_limit: '5m'", "mem_limit", 16, '"5m"'],
        ["mem_reservation: -1", "mem_reservation", 22, "-1"],
        ["deploy: { resources: { limits: { memory: '1m' } } }", "deploy.resources.limits.memory", 46, '"1m"'],
      ] as const
    ).map(([written, path, column, shown]): [string, string, string] => [
      `less memory than a container can have: ${written}`,
      service(written),
      `4:${column} error invalid-value: services.web.${path} must be 0, or "6m" and more, not ${shown}`,
    ]),
    [
      "permissions that no device has",
      service('devices: ["/dev/a:/dev/b:rx"]'),
      '4:15 error invalid-value: services.web.devices[0].permissions must be letters of rwm, not "rx"',
    ],
    [
      "a mount without a place in the container",
      service('volumes: ["/srv:data"]'),
      '4:15 error invalid-value: services.web.volumes[0].target must be an absolute path below "/" in the container, not "data"',
    ],
    [
      "a bad condition of a restart policy",
      service("deploy: { restart_policy: { condition: never } }"),
      '4:44 error invalid-value: services.web.deploy.restart_policy.condition must be none, no, any, always, unless-stopped or on-failure, not "never"',
    ],
    [
      "attempts of a restart policy that is not about failures",
      service("deploy: { restart_policy: { condition: any, max_attempts: 3 } }"),
      '4:49 error not-supported: "max_attempts" is not supported: attempts are counted on failure only',
    ],
    [
      "a bad condition",
      service("depends_on: { web: { condition: service_ok } }"),
      '4:37 error invalid-value: services.web.depends_on.web.condition must be service_started, service_healthy or service_completed_successfully, not "service_ok"',
    ],
    [
      "a long port without target",
      service("ports: [{ published: 80 }]"),
      '4:13 error missing-key: services.web.ports[0] needs "target"',
    ],
    [
      "a port out of range",
      service("ports: [{ target: 70000 }]"),
      "4:23 error invalid-value: services.web.ports[0].target must be between 1 and 65535, not 70000",
    ],
    [
      "a bad port",
      service('ports: ["80:x"]'),
      '4:13 error invalid-value: services.web.ports[0]: "x" is not a container port',
    ],
    [
      "a bad address",
      service('ports: ["1.2.3:80:80"]'),
      '4:13 error invalid-value: services.web.ports[0]: "1.2.3" is not an IP address',
    ],
    [
      "unequal ranges",
      service('ports: ["80-81:80-82"]'),
      "4:13 error invalid-value: services.web.ports[0]: the ranges 80-81 and 80-82 have different lengths",
    ],
    [
      "a mount with too many colons",
      service('volumes: ["data:/b:ro:x"]'),
      '4:15 error invalid-value: services.web.volumes[0]: "data:/b:ro:x" has too many colons',
    ],
    [
      "an open quote",
      service(`command: echo "a`),
      '4:14 error invalid-value: services.web.command cannot be split into words: echo "a',
    ],
    [
      "a host without address",
      service("extra_hosts: [db]"),
      '4:19 error invalid-value: services.web.extra_hosts must have hosts with their addresses, not "db"',
    ],
    ["no image", "services:\n  web: { user: x }\n", '2:3 error missing-key: services.web needs "image"'],
    [
      "a bad service name",
      "services:\n  'a b': { image: i }\n",
      `2:3 error invalid-value: the name "a b" in services may only have letters, digits, '.', '_' and '-'`,
    ],
  ])("%s", (_, text, expected) => {
    expect(findings(text)).toContainEqual(expect.stringContaining(`compose.yaml:${expected}`));
    expect(load(text).model).toBeUndefined();
  });
});
