import { describe, expect, it } from "@jest/globals";
import { findings, load } from "../support/stack-files.ts";

const service = (keys: string): string =>
  `services:\n  web:\n    image: i:1\n    ${keys.trim().replaceAll("\n", "\n    ")}\n`;

describe("what does not work, or is not there, has its place and says what to do", () => {
  it("is said once of a mount on a Windows drive, whose other parts mean nothing then", () => {
    expect(findings(service('volumes: ["x:/a:ro"]'))).toEqual([
      expect.stringContaining(
        'services.web.volumes[0].source: "x:/a" is not supported: it is a path on a Windows drive',
      ),
    ]);
  });

  it.each([
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
      "a protocol that is not forwarded",
      service("ports: ['5060:5060/sctp']"),
      '4:13 error not-supported: services.web.ports[0].protocol: "sctp" is not supported: the way to a host is for tcp and udp',
    ],
    [
      "a share of Windows",
      service("volumes: ['\\\\srv\\share:/data']"),
      '4:15 error not-supported: services.web.volumes[0].source: "\\\\srv\\share" is not supported: it is a share of Windows',
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
      "an unknown dependency that a container of that name beside it does not explain",
      service('depends_on: [container]\nvolumes_from: ["container:old"]'),
      '4:18 error undefined-reference: services.web depends on "container", which is not a service',
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
      "4:11 error required-variable: services.web.user: the variable NAME is required: who runs it",
    ],
    [
      "a broken template",
      service("user: ${NAME"),
      '4:11 error interpolation: services.web.user: "${NAME" is not a valid template',
    ],
    [
      "a missing env file",
      service("env_file: none.env"),
      "4:15 error file-missing: services.web.env_file[0]: the env file /shop/none.env does not exist",
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
