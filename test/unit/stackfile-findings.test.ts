import { describe, expect, it } from "@jest/globals";
import { formatDiagnostics } from "../../modules/stackfile/format.ts";
import { findings, load, type StackFiles } from "../support/stack-files.ts";

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
    ["a bad port", service('ports: ["80:x"]'), '4:13 error invalid-value: "x" is not a container port'],
    ["a bad address", service('ports: ["1.2.3:80:80"]'), '4:13 error invalid-value: "1.2.3" is not an IP address'],
    [
      "unequal ranges",
      service('ports: ["80-81:80-82"]'),
      "4:13 error invalid-value: the ranges 80-81 and 80-82 have different lengths",
    ],
    [
      "a mount with too many colons",
      service('volumes: ["data:/b:ro:x"]'),
      '4:15 error invalid-value: "data:/b:ro:x" has too many colons',
    ],
    [
      "an open quote",
      service(`command: echo "a`),
      '4:14 error invalid-value: this command cannot be split into words: echo "a',
    ],
    [
      "a host without address",
      service("extra_hosts: [db]"),
      '4:19 error invalid-value: "db" is not a host with its address',
    ],
    ["no image", "services:\n  web: { user: x }\n", '2:3 error missing-key: services.web needs "image"'],
    [
      "a bad service name",
      "services:\n  'a b': { image: i }\n",
      `2:3 error invalid-value: the name "a b" in services may only have letters, digits, '.', '_' and '-'`,
    ],
    [
      "an image that has to be built",
      "services:\n  web:\n    build: .\n",
      '3:5 error not-supported: "build" is not supported: images are not built here',
    ],
    [
      "a key that does not work",
      service("use_api_socket: true"),
      '4:5 error not-supported: "use_api_socket" is not supported: the credentials that come with it are not on the host',
    ],
    [
      "a value that does not work",
      service("volumes: [{ type: image, target: /x }]"),
      '4:23 error not-supported: services.web.volumes[0].type: "image" is not supported: files of another image are not mounted',
    ],
    [
      "a key that does not work beside another one",
      service("network_mode: bridge\nmac_address: 02:42:ac:11:00:02"),
      '5:5 error not-supported: "mac_address" is not supported: it is about networks, and network_mode takes their place',
    ],
    [
      "another address of the first network",
      `${service("mac_address: 02:42:ac:11:00:02\nnetworks: { b: , n: { priority: 1, mac_address: 02:42:ac:11:00:03 } }")}networks: { b: , n: }\n`,
      '4:5 error not-supported: "mac_address" is not supported: it is the hardware address on the first network, which gives another one',
    ],
    [
      "a mode of networks that is none",
      service("network_mode: disabled"),
      '4:19 error not-supported: services.web.network_mode: "disabled" is not supported: the engine has no such mode',
    ],
    [
      "a UTS namespace of a service",
      service("uts: container:x"),
      '4:10 error invalid-value: services.web.uts must be host, not "container:x"',
    ],
    [
      "users of another engine",
      service("userns_mode: keep-id"),
      '4:18 error invalid-value: services.web.userns_mode must be host, not "keep-id"',
    ],
    [
      "processes of nobody",
      service("pid: private"),
      '4:10 error invalid-value: services.web.pid must be host, service:NAME or container:NAME, not "private"',
    ],
    [
      "memory of nobody",
      service("ipc: shared"),
      '4:10 error invalid-value: services.web.ipc must be none, private, shareable, host, service:NAME or container:NAME, not "shared"',
    ],
    [
      "a profile of system calls in a file",
      service("security_opt: ['seccomp=./profile.json']"),
      '4:20 error not-supported: services.web.security_opt[0]: "seccomp=./profile.json" is not supported: profiles are not read from files',
    ],
    [
      "a security option that is none",
      service("security_opt: [unconfined]"),
      '4:20 error invalid-value: services.web.security_opt[0] must be no-new-privileges, or seccomp, apparmor or label with =VALUE, not "unconfined"',
    ],
    [
      "a user of a secret by name",
      `${service("secrets: [{ source: k, uid: root }]")}secrets: { k: { environment: K } }\n`,
      '4:33 error invalid-value: services.web.secrets[0].uid must be a number, not "root"',
    ],
    [
      "a label on a mount that cannot have one",
      service("volumes: [{ type: bind, source: /a, target: /b, bind: { selinux: z, create_host_path: false } }]"),
      '4:61 error not-supported: "selinux" is not supported: the engine labels no mount that has recursive or create_host_path: false',
    ],
    [
      "a label on a mount with a rule for those below",
      service("volumes: [{ type: bind, source: /a, target: /b, bind: { selinux: z, recursive: readonly } }]"),
      '4:61 error not-supported: "selinux" is not supported: the engine labels no mount that has recursive or create_host_path: false',
    ],
    [
      "a network without a name",
      `${service("networks: [n]")}networks: { n: { name: '' } }\n`,
      '5:24 error invalid-value: networks.n.name must be a name, not ""',
    ],
    [
      "a volume without a name",
      `${service("volumes: ['vv:/v']")}volumes: { vv: { name: '' } }\n`,
      '5:24 error invalid-value: volumes.vv.name must be a name, not ""',
    ],
    [
      "a volume with a name of one letter",
      service('volumes: ["n:/n"]'),
      '4:15 error not-supported: services.web.volumes[0].target: "n:/n" is not supported: it is a path on a Windows drive',
    ],
    [
      "a path on a Windows drive",
      service('volumes: ["C:/data:/data"]'),
      '4:15 error not-supported: services.web.volumes[0].source: "C:/data" is not supported: it is a path on a Windows drive',
    ],
    [
      "an undeclared network",
      service("networks: [front]"),
      '4:16 error undefined-reference: services.web joins the network "front", which is not declared',
    ],
    [
      "an undeclared volume",
      service('volumes: ["data:/d"]'),
      '4:15 error undefined-reference: services.web mounts the volume "data", which is not declared',
    ],
    [
      "an undeclared secret",
      service("secrets: [key]"),
      '4:15 error undefined-reference: services.web uses "key", which is not declared under secrets',
    ],
    [
      "an unknown dependency",
      service("depends_on: [db]"),
      '4:18 error undefined-reference: services.web depends on "db", which is not a service',
    ],
    [
      "an unknown namespace",
      service("network_mode: service:db"),
      '4:5 error undefined-reference: services.web.network_mode names "db", which is not a service',
    ],
    [
      "a network mode and networks",
      `${service("network_mode: host\nnetworks: [n]")}networks: { n: }\n`,
      '4:5 error conflict: services.web has both "network_mode" and "networks"',
    ],
    [
      "two limits",
      service("mem_limit: 1m\ndeploy: { resources: { limits: { memory: 2m } } }"),
      '4:5 error conflict: services.web gives "mem_limit" and "deploy.resources.limits.memory" different values',
    ],
    [
      "a negative scale",
      service("scale: -1"),
      "4:12 error invalid-value: services.web.scale must be at least 0, not -1",
    ],
    [
      "a name for three replicas",
      service("container_name: web\nscale: 3"),
      "4:5 error conflict: services.web has a container_name and 3 replicas, which cannot share one name",
    ],
    [
      "a target twice",
      service('tmpfs: /t\nvolumes: ["/x:/t"]'),
      "5:15 error duplicate: /t is a mount target of services.web twice",
    ],
    [
      "a bad health test",
      service("healthcheck: { test: [curl, x] }"),
      '4:26 error invalid-value: services.web.healthcheck.test must begin with CMD, CMD-SHELL or NONE, not "curl"',
    ],
    [
      "a secret from two places",
      "services: { a: { image: i } }\nsecrets:\n  k: { file: x, environment: Y }\n",
      "3:17 error conflict: secrets.k needs exactly one of file, environment, not file and environment",
    ],
    [
      "a secret from nowhere",
      "services: { a: { image: i } }\nsecrets:\n  k: {}\n",
      "3:3 error missing-key: secrets.k needs exactly one of file, environment",
    ],
    [
      "an external volume with a driver",
      "services: { a: { image: i } }\nvolumes:\n  v: { external: true, driver: local }\n",
      '3:24 error conflict: volumes.v is external, so it cannot have "driver"',
    ],
    [
      "a missing variable",
      service("user: ${NAME:?who runs it}"),
      "4:11 error required-variable: the variable NAME is required: who runs it",
    ],
    ["a broken template", service("user: ${NAME"), '4:11 error interpolation: "${NAME" is not a valid template'],
    [
      "a missing env file",
      service("env_file: none.env"),
      "4:15 error file-missing: the env file /shop/none.env does not exist",
    ],
    [
      "a repeated key",
      "services:\n  a: { image: i }\n  a: { image: j }\n",
      '3:3 error yaml: the key "a" is already set on line 2',
    ],
    ["a key that is a number", "services:\n  1: { image: i }\n", "2:3 error yaml: keys must be strings, this one is 1"],
    [
      "an alias without anchor",
      "services:\n  a: *b\n",
      '2:6 error yaml-alias: there is no complete anchor "&b" before this alias',
    ],
    [
      "an anchor in itself",
      "services: &s\n  a: *s\n",
      '2:6 error yaml-alias: there is no complete anchor "&s" before this alias',
    ],
    ["a file that is a list", "- a\n", "1:1 error wrong-type: a stack file must be a map, not a list"],
    ["an empty file", "# nothing\n", "1:1 error empty-file: the stack file is empty"],
  ])("%s", (_, text, expected) => {
    expect(findings(text)).toContainEqual(expect.stringContaining(`compose.yaml:${expected}`));
    expect(load(text).model).toBeUndefined();
  });

  it.each([
    ["an image that has to be built", "services: { web: { image: i:1 }, dev: { profiles: [dev], build: . } }\n"],
    [
      "a hook",
      "services: { web: { image: i:1 }, dev: { profiles: [dev], image: i:1, pre_start: [{ command: x }] } }\n",
    ],
    ["a value", "services: { web: { image: i:1 }, dev: { profiles: [dev], image: i:1, userns_mode: keep-id } }\n"],
    [
      "a secret of others",
      "services: { web: { image: i:1 }, dev: { profiles: [dev], image: i:1, secrets: [k] } }\nsecrets: { k: { external: true } }\n",
    ],
    [
      "a language model",
      "services: { web: { image: i:1 }, dev: { profiles: [dev], image: i:1, models: [m] } }\nmodels: { m: { model: x } }\n",
    ],
  ])("what does not work is refused where its profile is active: %s", (_, text) => {
    expect(findings(text)).toEqual([]);
    const active = { files: { "compose.yaml": text }, input: { profiles: ["dev"] } };
    expect(findings(active)).toContainEqual(expect.stringMatching(/ error (?:not-supported|invalid-value): /));
  });

  it("what is wrong in itself is so in any profile", () => {
    const text = "services: { web: { image: i:1 }, dev: { profiles: [dev], imge: i:1 } }\n";
    expect(findings(text)).toContainEqual(expect.stringContaining('error unknown-key: unknown key "imge"'));
  });
});

describe("findings", () => {
  it("come several at once, errors first, in the order of the file", () => {
    const text = 'version: "3"\nservices:\n  a: { imge: x }\n  b: { image: i:1, ports: 80, depends_on: [c] }\n';
    expect(findings(text)).toEqual([
      'compose.yaml:3:3 error missing-key: services.a needs "image"',
      'compose.yaml:3:8 error unknown-key: unknown key "imge" in services.a',
      "compose.yaml:4:27 error wrong-type: services.b.ports must be a list, not 80",
      'compose.yaml:4:44 error undefined-reference: services.b depends on "c", which is not a service',
      'compose.yaml:1:1 warning obsolete: "version" is obsolete: the Compose Specification has one version',
    ]);
  });

  it.each([
    ["a secret from nowhere", "services: { a: { image: i:1, secrets: [k] } }\nsecrets:\n  k: {}\n"],
    ["a list item among keys", service("- user")],
    ["a secret without anything", `${service("secrets: [k]")}secrets: { k: }\n`],
    ["a network that is none", `${service("networks: [n]")}networks: { n: [] }\n`],
    ["a volume that is none", `${service("volumes: ['vv:/v']")}volumes: { vv: 5 }\n`],
    ["a service without anything", `${service("depends_on: [db]")}  db:\n`],
  ])("are one for %s", (_, text) => {
    expect(findings(text)).toHaveLength(1);
  });

  it.each([
    ["a misspelt key", service("prots: []"), "ports"],
    ["a misspelt restart policy", service("restart: allways"), "always"],
    ["a misspelt pull policy", service("pull_policy: mising"), "missing"],
    ["a misspelt condition", service("depends_on: { web: { condition: service_helthy } }"), "service_healthy"],
  ])("propose what was meant by %s", (_, text, suggestion) => {
    expect(load(text).diagnostics.map((found) => found.suggestion)).toContain(suggestion);
  });

  it.each([
    ["a short name", `${service("depends_on: [x]")}  a: { image: 'i:1' }\n`],
    ["a name that is empty", `${service("depends_on: ['']")}  a: { image: 'i:1' }\n`],
  ])("propose nothing where anything is near, as for %s", (_, text) => {
    expect(
      load(text)
        .diagnostics.map((found) => found.hint ?? "")
        .join("\n"),
    ).not.toContain("did you mean");
  });

  it("are not about what a missing variable leaves behind", () => {
    expect(findings(service('ports: ["${PORT:?}:80"]\nscale: ${N:?}\nuser: ${U'))).toEqual([
      expect.stringContaining("4:13 error required-variable: the variable PORT is required"),
      expect.stringContaining("5:12 error required-variable: the variable N is required"),
      expect.stringContaining('6:11 error interpolation: "${U" is not a valid template'),
    ]);
  });

  it("name a dependency cycle by its trail", () => {
    const text =
      "services:\n  a: { image: i:1, depends_on: [b] }\n  b: { image: i:1, depends_on: [c] }\n  c: { image: i:1, depends_on: [a] }\n";
    expect(findings(text)).toEqual([
      "compose.yaml:2:33 error dependency-cycle: these services wait for each other: a -> b -> c -> a",
    ]);
  });

  it("name the trail of services that extend each other", () => {
    expect(findings("services:\n  a: { extends: b, image: i }\n  b: { extends: a }\n")).toContain(
      "compose.yaml:2:8 error extends-cycle: these services extend each other: a -> b -> a",
    );
  });

  it("name the trail of files that include each other", () => {
    const files = { "compose.yaml": "include: [one.yaml]\n", "one.yaml": "include: [compose.yaml]\n" };
    expect(findings({ files })).toContain(
      "one.yaml:1:11 error include-cycle: these files include each other: /shop/compose.yaml -> /shop/one.yaml -> /shop/compose.yaml",
    );
  });

  it("end where files include each other with ever other variables", () => {
    const levels = Array.from({ length: 14 }, (_, level) => ["a", "b"].map((side) => ({ level, side }))).flat();
    const files = Object.fromEntries(
      levels.flatMap(({ level, side }) => [
        [`${level}${side}/.env`, `V${level}=${side}\n`],
        [`${level}${side}/c.yaml`, `include: [../${level + 1}a/c.yaml, ../${level + 1}b/c.yaml]\n`],
      ]),
    );
    const ends = { "14a/c.yaml": "volumes: { a: }\n", "14b/c.yaml": "volumes: { b: }\n" };
    const text = "include: [0a/c.yaml, 0b/c.yaml]\nservices: { a: { image: i:1 } }\n";
    expect(findings({ files: { "compose.yaml": text, ...files, ...ends } }).join()).toContain(
      "error include-cycle: files include one another more than 2000 times, with other variables each time",
    );
    const alike = Object.fromEntries(Object.entries(files).filter(([name]) => !name.endsWith(".env")));
    expect(findings({ files: { "compose.yaml": text, ...alike, ...ends } }).join()).not.toContain("error");
  });

  it("point into the file that is extended", () => {
    const files = {
      "compose.yaml": "services:\n  a: { extends: { file: base.yaml, service: b } }\n",
      "base.yaml": "services:\n  b:\n    image: i:1\n    prots: []\n",
    };
    expect(findings({ files })).toEqual(['base.yaml:4:5 error unknown-key: unknown key "prots" in services.a']);
  });

  it("point into the file that has the fault", () => {
    const files: StackFiles = {
      files: { "compose.yaml": service("user: a"), "over.yaml": "services:\n  web:\n    usr: b\n" },
      input: { files: ["/shop/compose.yaml", "/shop/over.yaml"] },
    };
    expect(findings(files)).toEqual(['over.yaml:3:5 error unknown-key: unknown key "usr" in services.web']);
  });

  it("say of a repeated anchor once what is wrong with it", () => {
    const text = "x-a: &a { imge: x, image: i:1 }\nservices: { a: *a, b: *a, c: *a }\n";
    expect(findings(text)).toEqual(['compose.yaml:1:11 error unknown-key: unknown key "imge" in services.a']);
  });

  it("show a template and not its value, which may be secret", () => {
    const files: StackFiles = { files: { "compose.yaml": service("mem_limit: ${KEY}") }, env: { KEY: "s3cret" } };
    const { diagnostics } = load(files);
    expect(JSON.stringify(diagnostics)).not.toContain("s3cret");
    expect(diagnostics[0]?.message).toContain('not "${KEY}"');
  });

  it.each([
    ["foo", 'invalid-value: services.web.pull_policy must be always, missing, if_not_present or never, not "foo"'],
    ["every_12h", 'not-supported: services.web.pull_policy: "every_12h" is not supported: images are not pulled by'],
  ])("say what of the pull policies works, for %s", (policy, finding) => {
    expect(findings(service(`pull_policy: ${policy}`))[0]).toContain(finding);
  });

  it.each([
    ["lists", `x-a:\n  ${"- ".repeat(5_000)}x`],
    ["lists in brackets", `x-a: ${"[".repeat(5_000)}${"]".repeat(5_000)}`],
    ["maps", `x-a:\n  ${"? ".repeat(5_000)}x`],
  ])("say that %s are nested too deeply", (_, text) => {
    expect(findings(`${service("user: a")}${text}\n`)[0]).toContain("the file is nested too deeply");
  });

  it("show the beginning of a long value", () => {
    const [found] = findings({ files: { "compose.yaml": "root:x ".repeat(200) } });
    expect(found).toContain(`a stack file must be a map, not "${"root:x ".repeat(200).slice(0, 80)}…"`);
  });

  it("name a file that is missing", () => {
    expect(findings({ files: {} })).toEqual(["compose.yaml:1:1 error file-missing: the stack file does not exist"]);
  });

  it("name the line of a broken env file", () => {
    const files: StackFiles = { files: { "compose.yaml": service("user: a"), ".env": "A=1\nB C=2\n" } };
    expect(findings(files)).toEqual([".env:2:1 error env-file: a variable name contains a space"]);
  });

  it.each([
    ["a health check", "healthcheck: { test: ['$KEY'] }"],
    ["a volume", "volumes: ['${KEY}:/data']"],
    ["a volume in its long form", "volumes: [{ type: volume, source: '${KEY}', target: /data }]"],
    ["a volume of an anchor", "x-a: &a '${KEY}:/data'\nvolumes: [*a]"],
    ["a mount option", "volumes: ['vol:/data:$KEY']"],
    ["a mount target", "tmpfs: ['/$KEY']\nvolumes: ['/$KEY']"],
    ["a path of a bind mount", "volumes: ['./$KEY:/data']"],
    ["an env file", "env_file: './$KEY.env'"],
    ["an env file in its long form", "env_file: [{ path: '$KEY' }]"],
    ["a format of an env file", "env_file: [{ path: there.env, format: '$KEY' }]"],
    ["an address of the host", "ports: [{ target: 80, host_ip: '$KEY' }]"],
    ["a port", "ports: ['$KEY:80']"],
    ["a variable", "environment: ['$KEY =x']"],
    ["a label that is there twice", "labels: ['$KEY=x', '$KEY=y']"],
    ["a dependency", "depends_on: ['$KEY']"],
    ["a link", "links: ['$KEY:a']"],
    ["a network", "networks: ['$KEY']"],
    ["a network mode", "network_mode: 'service:$KEY'"],
    ["a secret", "secrets: ['$KEY']"],
    ["a config in its long form", "configs: [{ source: '$KEY' }]"],
    ["a host", "extra_hosts: ['$KEY']"],
    ["a service to extend", "extends: { service: '$KEY' }"],
    ["a file to extend", "extends: { service: a, file: '$KEY.yaml' }"],
    ["a required variable", "user: '${NONE:?${KEY}}'"],
    ["a device", "devices: ['$KEY:a:b:c:d']"],
    ["a restart policy", "restart: '$KEY'"],
    ["an SSH key of a build", "build: { context: ., ssh: ['$KEY'] }"],
    ["a context of a build", "build: { context: ., additional_contexts: ['$KEY'] }"],
    ["a platform of a build", "platform: '$KEY'\nbuild: { context: ., platforms: [a/b] }"],
  ])("show the text of %s and not what its variables hold", (_, keys) => {
    const files: StackFiles = {
      files: { "compose.yaml": service(keys), "there.env": "", ".env": "" },
      env: { KEY: "hunter2" },
    };
    const { diagnostics } = load(files);
    expect(diagnostics).not.toEqual([]);
    expect(diagnostics.map(({ message, hint }) => `${message} ${hint ?? ""}`).join("\n")).not.toContain("hunter2");
  });

  it("show the text of what is included and not what its variables hold", () => {
    const text = "include: ['./$KEY.yaml']\nservices: { a: { image: i:1 } }\n";
    const [found] = findings({ files: { "compose.yaml": text }, env: { KEY: "hunter2" } });
    expect(found).toBe("compose.yaml:1:11 error file-missing: the file ./$KEY.yaml does not exist");
  });

  it("never quote a line of an env file", () => {
    const env = "KEY=-----BEGIN\nhunter2 abc\n";
    const { diagnostics } = load({ files: { "compose.yaml": service("user: a"), ".env": env } });
    expect(formatDiagnostics(diagnostics, { "/shop/.env": env })).toBe(
      "/shop/.env:2:1 error a variable name contains a space",
    );
  });
});

describe("one mistake is one error", () => {
  it.each<readonly [string, StackFiles["files"], string]>([
    [
      "an escaped slash before a line that is right",
      { "compose.yaml": service('user: "a\\/b"\ncommand: [tar, xf, -]') },
      "docker compose does not know the escape \\/",
    ],
    [
      "a key without a colon before a list that closes in the column of its key",
      { "compose.yaml": service("user i:1\ncommand: [\n    x\n]") },
      "Implicit keys need to be on a single line",
    ],
    [
      "an image that is no text",
      { "compose.yaml": "services: { a: { image: 5 } }" },
      "services.a.image must be a string, not 5",
    ],
    [
      "what two services share by an anchor",
      { "compose.yaml": "services: { a: &x { image: 5 }, b: *x }" },
      "services.a.image must be a string, not 5",
    ],
    [
      "a container port that is none",
      { "compose.yaml": service("ports: [{ target: '80-81' }]") },
      'services.web.ports[0].target must be a whole number, not "80-81"',
    ],
    [
      "a mount target that is none",
      { "compose.yaml": service("volumes: [{ type: volume, target: 5 }]") },
      "services.web.volumes[0].target must be a string, not 5",
    ],
    [
      "a content that is no text",
      { "compose.yaml": `${service("configs: [c]")}configs: { c: { content: 1 } }` },
      "configs.c.content must be a string, not 1",
    ],
    [
      "a service to extend that is not named",
      { "compose.yaml": "services: { a: { extends: { file: b.yaml } } }" },
      'services.a.extends needs "service"',
    ],
    [
      "a file to extend that is not there",
      { "compose.yaml": "services: { a: { extends: { file: b.yaml, service: x } } }" },
      "the file /shop/b.yaml does not exist",
    ],
    [
      "a circle of services",
      { "compose.yaml": "services: { a: { extends: b }, b: { extends: c }, c: { extends: a } }" },
      "these services extend each other: a -> b -> c -> a",
    ],
    [
      "a service that extends a wrong one",
      { "compose.yaml": "services: { a: { extends: b }, b: { extends: { file: b.yaml, service: x } } }" },
      "the file /shop/b.yaml does not exist",
    ],
  ])("%s", (_, files, message) => {
    const { diagnostics } = load({ files });
    expect(diagnostics.filter(({ severity }) => severity === "error").map((error) => error.message)).toEqual([message]);
  });
});

describe("formatDiagnostics", () => {
  it("shows the line, a caret below the offending text and the hint", () => {
    const text = service("helthcheck: {}");
    expect(formatDiagnostics(load(text).diagnostics, { "/shop/compose.yaml": text })).toBe(
      [
        '/shop/compose.yaml:4:5 error unknown key "helthcheck" in services.web',
        "  4 |     helthcheck: {}",
        "    |     ^^^^^^^^^^",
        '  → did you mean "healthcheck"?',
      ].join("\n"),
    );
  });

  it.each(["\r", "\r\n", "\u0085"])("counts lines that end with %j", (end) => {
    const text = service("helthcheck: {}").replaceAll("\n", end);
    const [place, line] = formatDiagnostics(load(text).diagnostics, { "/shop/compose.yaml": text }).split("\n");
    expect(place).toMatch(/^\/shop\/compose.yaml:4:5 error/);
    expect(line).toBe("  4 |     helthcheck: {}");
  });

  it("writes out what would steer the terminal", () => {
    const text = `services: { a: { image: 'i:1', "x\\u202Ey\\nz\\u2028\\e[2J": 1, "b\u202ec": 2 } }\n`;
    const shown = formatDiagnostics(load(text).diagnostics, { "/shop/compose.yaml": text });
    expect(shown).toContain('unknown key "x\\u202ey\\x0az\\u2028\\x1b[2J" in services.a');
    expect(shown).not.toMatch(/[\u202e\u2028\u001b]/u);
  });

  it("fits on a screen", () => {
    const text = `services:\n  a:\n    image: i:1\n${Array.from({ length: 30 }, (_, index) => `    zz${index}: 1\n`).join("")}`;
    const lines = formatDiagnostics(load(text).diagnostics, { "/shop/compose.yaml": text }).split("\n");
    expect(lines.length).toBeLessThanOrEqual(45);
    expect(lines.at(-1)).toBe("… and 20 more: stackhouse config --quiet --json has all");
  });

  it("keeps control characters off the terminal", () => {
    const text = service('"us\\e[31mer": 5 # \u009b31m');
    expect(formatDiagnostics(load(text).diagnostics, { "/shop/compose.yaml": text })).not.toMatch(/[\u001b\u009b]/);
  });
});
