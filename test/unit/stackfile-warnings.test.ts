import { describe, expect, it } from "@jest/globals";
import { findings, load } from "../support/stack-files.ts";

const service = (keys: string): string =>
  `services:\n  web:\n    image: i:1\n    ${keys.trim().replaceAll("\n", "\n    ")}\n`;

const healthy = service("depends_on: { db: { condition: service_healthy } }");

describe("a warning leaves the model, and has its place", () => {
  it.each([
    ["the obsolete version", `version: "3"\n${service("user: x")}`, '1:1 obsolete: "version" is obsolete'],
    ["no services", "volumes: {}\n", "1:1 no-services: there are no services: nothing runs"],
    ["an unset variable", service('user: "a $WHO"'), "4:14 unset-variable: the variable WHO is not set"],
    ["the second unset variable of a value", service("user: ${A}-${B}"), "4:16 unset-variable: the variable B is not"],
    ["an unset variable in a default", service("user: ${A:-${B}}"), "4:16 unset-variable: the variable B is not set"],
    [
      "a command that ends at &",
      service("command: a && b"),
      '4:16 cut-command: services.web.command ends at the unquoted "&"',
    ],
    [
      "a command that ends at ;",
      service("command: a; b"),
      '4:15 cut-command: services.web.command ends at the unquoted ";"',
    ],
    [
      "a command that ends at |",
      service("command: 'a | b'"),
      '4:17 cut-command: services.web.command ends at the unquoted "|"',
    ],
    [
      "a command that ends at >",
      service("command: a > b"),
      '4:16 cut-command: services.web.command ends at the unquoted ">"',
    ],
    [
      "an entrypoint that ends at <",
      service("entrypoint: a < b"),
      "4:19 cut-command: services.web.entrypoint ends at the unquote",
    ],
    [
      "a command of several lines",
      service("command: >\n  a\n  | b"),
      "4:14 cut-command: services.web.command ends at the unq",
    ],
    [
      "a value that is the sign of a merge key",
      service("hostname: <<"),
      "4:15 altered-value: services.web.hostname: << is the sign of a merge key and no value",
    ],
    [
      "a misspelt tag of a list",
      service('ports: !overide ["127.0.0.1:80:80"]'),
      "4:21 no-effect: services.web.ports: the tag !overide means nothing in a stack file",
    ],
    ["a tag of a text", service("user: !x a"), "4:14 no-effect: services.web.user: the tag !x means nothing"],
    [
      "an unknown mount option",
      service('volumes: ["/a:/b:fast"]'),
      '4:15 no-effect: services.web.volumes[0]: the mount option "fast" is not',
    ],
    [
      "a mount target twice",
      service('volumes: ["/a:/t", "/b:/t"]'),
      "4:24 duplicate: services.web.volumes has /t twice",
    ],
    [
      "a port twice, which is told in its short form",
      service(
        'ports: ["127.0.0.1:9:80/udp", { host_ip: 127.0.0.1, published: "9", target: 80, protocol: udp, name: n }]',
      ),
      "4:35 duplicate: services.web.ports has 127.0.0.1:9:80/udp twice",
    ],
    ["a variable twice", service("environment: [A=1, A=2]"), "4:24 duplicate: services.web.environment has A twice"],
    [
      "options of a mount of another type",
      service("volumes: [{ type: tmpfs, target: /t, volume: { nocopy: true } }]"),
      '4:42 no-effect: "volume" has no effect: they are options of mounts of type volume',
    ],
    [
      "options of a bind mount at a volume",
      `${service("volumes: ['own:/d:z']")}volumes: { own: }\n`,
      '4:15 no-effect: "bind" has no effect: they are options of mounts of type bind',
    ],
    [
      "a misspelt key of a GPU",
      service("gpus: [{ capabilties: [gpu] }]"),
      '4:14 no-effect: "capabilties" has no effect: services.web.gpus[0] has no such key',
    ],
    [
      "a host port of several replicas",
      service('scale: 2\nports: ["80:80", "9000-9001:90"]'),
      "5:13 duplicate: each of the 2 containers of services.web publishes the host port 80",
    ],
    [
      "a host port of replicas of a deployment",
      service('deploy: { replicas: 3 }\nports: ["80:80"]'),
      "5:13 duplicate: each of the 3 containers of services.web publishes the host port 80",
    ],
    ["an unused volume", `${service("user: x")}volumes: { old: }\n`, "5:12 no-effect: no service uses volumes.old"],
    ["a key without effect", service("deploy: { labels: { a: b } }"), '4:15 no-effect: "labels" has no effect: they'],
    [
      "health without a check",
      `${healthy}  db: { image: db:1 }\n`,
      '4:19 no-effect: services.web waits for "db" to be healthy, and "db" has no healthcheck here',
    ],
    [
      "health with a check that is off",
      `${healthy}  db: { image: db:1, healthcheck: { disable: true } }\n`,
      '4:19 no-effect: services.web waits for "db" to be healthy',
    ],
    [
      "a host port of two services",
      `${service('ports: ["80:80"]')}  db: { image: i:1, ports: ["0.0.0.0:80:81"] }\n`,
      "5:29 duplicate: services.db and services.web both publish the host port 80",
    ],
    [
      "a host port that replicas of another service have",
      `${service('scale: 2\nports: ["80:80"]')}  db: { image: i:1, ports: ["80:81"] }\n`,
      "6:29 duplicate: services.db and services.web both publish the host port 80",
    ],
    [
      "a host port as a range of one",
      `${service('ports: ["80:80"]')}  db: { image: i:1, ports: [{ target: 81, published: "80-80" }] }\n`,
      "5:29 duplicate: services.db and services.web both publish the host port 80",
    ],
    [
      "a host port twice in one service",
      service('ports: ["80:80", "127.0.0.1:80:81"]'),
      "4:22 duplicate: services.web publishes the host port 80 twice",
    ],
    [
      "an image without a tag",
      service("user: x").replace("i:1", "i"),
      "3:12 floating-tag: the image of services.web has",
    ],
    [
      "an image of a registry with a port and without a tag",
      service("user: x").replace("i:1", "r.example:5000/i"),
      "3:12 floating-tag: the image of services.web has no tag, which means latest",
    ],
    [
      "the tag latest",
      service("user: x").replace("i:1", "i:latest"),
      "3:12 floating-tag: the image of services.web has",
    ],
    [
      "ports in the host's network",
      service('network_mode: host\nports: ["80:80"]'),
      "5:5 no-effect: services.web publishes no ports: its network_mode is host",
    ],
    [
      "how an image is built, beside its name",
      service("build: ."),
      '4:5 no-effect: "build" has no effect: the image is taken from the host or its registry',
    ],
    [
      "an octal number in a text",
      service("environment: { A: 0777 }"),
      "4:23 altered-value: 0777 without quotes becomes",
    ],
    [
      "a decimal number in a text",
      service("environment: { A: 1.50 }"),
      "4:23 altered-value: 1.50 without quotes becomes",
    ],
    ["a date in a text", service("labels: { A: 2020-01-01 }"), "4:18 altered-value: 2020-01-01 without quotes becomes"],
  ])("%s", (_, text, expected) => {
    const [place = "", ...rest] = expected.split(" ");
    const lines = findings(text).map((line) => line.slice(0, `compose.yaml:${place} warning ${rest.join(" ")}`.length));
    expect(lines).toContain(`compose.yaml:${place} warning ${rest.join(" ")}`);
    expect(load(text).model).toBeDefined();
  });
});

describe("nothing is warned of", () => {
  it.each([
    ["a variable with a default", service("user: ${WHO:-me}")],
    ["a variable that is only asked for", service("user: a${WHO:+x}")],
    ["a doubled dollar sign", service("user: a$$WHO")],
    ["a quoted operator", service("command: a '&&' \"b;c\"")],
    ["an escaped operator", service("command: a \\| b")],
    ["operators of a shell", service('command: ["sh", "-c", "a && b; c | d > e"]')],
    ["a health test with a pipe, which a shell runs", service("healthcheck: { test: a | b }")],
    ["a volume of two letters", `${service('volumes: ["nn:/n"]')}volumes: { nn: }\n`],
    [
      "a volume of one letter in the long form",
      `${service("volumes: [{ type: volume, source: n, target: /n }]")}volumes: { n: }\n`,
    ],
    ["health with a check", `${healthy}  db: { image: db:1, healthcheck: { test: probe } }\n`],
    ["a started dependency without a check", `${service("depends_on: [db]")}  db: { image: db:1 }\n`],
    ["a host port on two addresses", service('ports: ["127.0.0.1:80:80", "127.0.0.2:80:81"]')],
    ["a host port in two protocols", service('ports: ["53:53", "53:53/udp"]')],
    ["container ports without host ports", service('ports: ["80", "81"]')],
    ["a tag", service("user: x")],
    ["a digest", service("user: x").replace("i:1", `i@sha256:${"0".repeat(64)}`)],
    ["a tag behind the port of a registry", service("user: x").replace("i:1", "r.example:5000/i:1")],
    ["a quoted number in a text", service("environment: { A: '0777', B: \"1.50\" }")],
    ["a number that stays what it is", service("environment: { A: 777, B: 1.5, C: true, D: 1.5.0, E: 22:22 }")],
    [
      "a mode, which is octal anyway",
      `${service("configs: [{ source: c, mode: 0440 }]")}configs: { c: { content: x } }\n`,
    ],
  ])("for %s", (_, text) => {
    expect(findings(text)).toEqual([]);
  });

  it("for keys without an effect of a profile that is not active", () => {
    const text = `${service("user: x")}  db: { image: i:1, attach: false, profiles: [x] }\n`;
    expect(findings(text)).toEqual([]);
  });

  it("for ports of a profile that is not active", () => {
    const text = `${service('ports: ["80:80"]')}  db: { image: i:1, ports: ["80:80"], profiles: [x] }\n`;
    expect(findings(text)).toEqual([]);
  });
});
