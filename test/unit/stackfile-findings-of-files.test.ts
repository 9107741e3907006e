import { describe, expect, it } from "@jest/globals";
import { printPath } from "../../modules/stackfile/tree/diagnostics.ts";
import { formatDiagnostics } from "../../modules/stackfile/format.ts";
import { findings, load, type StackFiles } from "../support/stack-files.ts";

const service = (keys: string): string =>
  `services:\n  web:\n    image: i:1\n    ${keys.trim().replaceAll("\n", "\n    ")}\n`;

describe("findings", () => {
  it("come several at once, errors first, in the order of the file", () => {
    const text = 'version: "3"\nservices:\n  a: { imge: x }\n  b: { image: i:1, ports: 80, depends_on: [c] }\n';
    expect(findings(text)).toEqual([
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
    ["an item that was converted later", "command: [a, 1, b, 2020-01-01]", ["command[1]", "command[3]"]],
    ["an item of a list without some", "dns: [1, '', nowhere]", ["dns[0]", "dns[2]"]],
    ["a name in a list", "environment: [[], A=1, =B]", ["environment[0]", "environment"]],
    ["a part of an item", "ports: [[], { target: 80, host_ip: x }]", ["ports[0]", "ports[1].host_ip"]],
    ["an item behind a range of ports", "ports: ['80-81', { target: 90, host_ip: x }]", ["ports[1].host_ip"]],
  ])("have the index as it is written, of %s", (_, keys, paths) => {
    const errors = load(service(keys)).diagnostics.filter(({ severity }) => severity === "error");
    expect(errors.map(({ path }) => printPath(path))).toEqual(
      paths.map((path) => expect.stringContaining(`services.web.${path}`) as unknown),
    );
  });

  it("say the index as it is written", () => {
    expect(findings(service("command: [1, b, 2020-01-01]"))[1]).toContain("services.web.command[2] must be a string");
  });

  it.each([
    ["a number", "hostname: 0777", '"0777"'],
    ["a fraction", "user: 1.50", '"1.50"'],
    ["a hexadecimal number", "working_dir: 0x1F", '"0x1F"'],
    ["a date", "user: 2020-01-01", '"2020-01-01"'],
    ["a date in a list", "command: [a, 2020-01-01]", '"2020-01-01"'],
    ["a date among capabilities", "cap_add: [2020-01-01]", '"2020-01-01"'],
    ["a date among variables", "environment: [2020-01-01]", '"2020-01-01"'],
    ["a number for a name", "0777: x", '"0777"'],
  ])("propose to quote %s as it is written", (_, keys, quoted) => {
    expect(load(service(keys)).diagnostics.map(({ hint }) => hint)).toContain(`quote it: ${quoted}`);
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
      expect.stringContaining("4:13 error required-variable: services.web.ports[0]: the variable PORT is required"),
      expect.stringContaining("5:12 error required-variable: services.web.scale: the variable N is required"),
      expect.stringContaining('6:11 error interpolation: services.web.user: "${U" is not a valid template'),
    ]);
  });

  it("name rings that share a service once, and those that do not each", () => {
    const wait = (name: string, ...others: string[]): string =>
      `  ${name}: { image: i:1, depends_on: [${others.join(", ")}] }\n`;
    const text = `services:\n${wait("a", "b")}${wait("b", "c", "a")}${wait("c", "a", "d")}${wait("d", "e")}${wait("e", "f")}${wait("f", "e", "d")}`;
    expect(findings(text)).toEqual([
      expect.stringContaining("these services wait for each other: a -> b -> c -> a"),
      expect.stringContaining("these services wait for each other: e -> f -> e"),
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

  it("show the ends of a long path", () => {
    const [found] = findings(`${service("user: a")}x-a: ${"{a: ".repeat(40)}'$\{'${"}".repeat(40)}\n`);
    expect(found).toContain(`interpolation: x-a${".a".repeat(9)}.…${".a".repeat(10)}: "$\{" is not a valid template`);
  });

  it("are no more than a thousand errors, of keys that are lacking, too", () => {
    const services = Array.from({ length: 1_001 }, (_, index) => `  s${index}: {}\n`).join("");
    const found = findings(`services:\n${services}`);
    expect(found).toHaveLength(1_001);
    expect(found.at(-1)).toContain("1002:3 error too-many: there are more than 1000 errors");
  });

  it.each([
    ["ports: [{ a: x }]", 'services.web.ports[0] needs "target"'],
    ["volumes: [{ a: x }]", 'services.web.volumes[0] needs "target" and "type"'],
    ["devices: [{ a: x }]", 'services.web.devices[0] needs "target" and "source"'],
    ["env_file: [{ a: x }]", 'services.web.env_file[0] needs "path"'],
  ])("are of a key that is needed, too, where an unknown one is near to none: %s", (keys, message) => {
    const messages = load(service(keys)).diagnostics.map((found) => found.message);
    expect(messages.slice(0, 2)).toEqual([message, expect.stringContaining('unknown key "a" in')]);
  });

  it("name a file that is missing", () => {
    expect(findings({ files: {} })).toEqual(["compose.yaml:1:1 error file-missing: the stack file does not exist"]);
  });

  it("name the line of a broken env file", () => {
    const files: StackFiles = { files: { "compose.yaml": service("user: a"), ".env": "A=1\nB C=2\n" } };
    expect(findings(files)).toEqual([".env:2:1 error env-file: a variable name contains a space"]);
  });

  it.each([
    ["an env file", "env_file: e", "A=1\n=B\n"],
    ["an env file, with a colon", "env_file: e", "A=1\n: B\n"],
    ["an env file, after export", "env_file: e", "A=1\nexport =B\n"],
    ["a raw env file", "env_file: [{ path: e, format: raw }]", "A=1\n=B\n"],
    ["a label file", "label_file: e", "A=1\n=B\n"],
  ])("name the line of %s that names nothing", (_, keys, text) => {
    const files: StackFiles = { files: { "compose.yaml": service(keys), e: text } };
    expect(findings(files)).toEqual(["e:2:1 error env-file: a variable name is missing"]);
  });

  it("are not about a variable without a name in .env, which no container gets", () => {
    expect(findings({ files: { "compose.yaml": service("user: a"), ".env": "A=1\n=B\n" } })).toEqual([]);
  });

  it.each([
    ["a health check", "healthcheck: { test: ['$KEY'] }"],
    ["a volume", "volumes: ['${KEY}:/data']"],
    ["a volume in its long form", "volumes: [{ type: volume, source: '${KEY}', target: /data }]"],
    ["a volume of an anchor", "x-a: &a '${KEY}:/data'\nvolumes: [*a]"],
    ["a mount option", "volumes: ['vol:/data:$KEY']"],
    ["a mount target", "tmpfs: ['/$KEY']\nvolumes: ['/$KEY']"],
    ["an option of a mount in memory, where one stands for a list", "tmpfs: '/a:$KEY'"],
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
    ["a network that no network can be", "networks: ['$KEY=']"],
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
    ["a name of a context of a build", "build: { context: ., additional_contexts: ['$KEY=service:none'] }"],
    ["a platform of a build", "platform: '$KEY'\nbuild: { context: ., platforms: [a/b] }"],
  ])("show the text of %s and not what its variables hold", (_, keys) => {
    const files: StackFiles = {
      files: { "compose.yaml": service(keys), "there.env": "", ".env": "" },
      env: { KEY: "hunter2" },
    };
    const { diagnostics } = load(files);
    expect(diagnostics).not.toEqual([]);
    expect(JSON.stringify(diagnostics)).not.toContain("hunter2");
  });

  it.each([
    [".env", "user: a", ".env"],
    ["an env file", "env_file: e", "e"],
    ["a label file", "label_file: e", "e"],
  ])("name each variable of %s that is not set", (_, keys, file) => {
    const text = "SET=1\nA=$SET-pa$word\nB='$word' # $word\n\nC=\"x\n$word$other\"\nD=${word:-x}\n";
    const files: StackFiles = { files: { "compose.yaml": service(keys), [file]: text } };
    const unset = (line: number, name: string): string =>
      `${file}:${line}:1 warning unset-in-env-file: the variable ${name} is not set and counts as empty`;
    expect(findings(files)).toEqual([unset(2, "word"), unset(5, "word"), unset(5, "other")]);
  });

  it("name a variable of an env file once, however many services have that file", () => {
    const text = "services: { a: { image: i:1, env_file: e }, b: { image: i:1, env_file: e } }\n";
    expect(findings({ files: { "compose.yaml": text, e: "A=$b\n" } })).toHaveLength(1);
  });

  it("do not quote the line of an env file with a variable that is not set", () => {
    const env = "PASSWORD=hunter2$word\n";
    const { diagnostics } = load({ files: { "compose.yaml": service("user: a"), ".env": env } });
    expect(formatDiagnostics(diagnostics, { "/shop/.env": env })).toBe(
      "/shop/.env:1:1 warning the variable word is not set and counts as empty\n" +
        "  → set it, give it a default with ${word:-default}, or put a plain dollar sign in single quotes",
    );
  });

  it("show the text of a number and not what its variable holds", () => {
    const files: StackFiles = { files: { "compose.yaml": service("scale: $KEY") }, env: { KEY: "-5" } };
    expect(findings(files)).toEqual([
      "compose.yaml:4:12 error invalid-value: services.web.scale must be at least 0, not $KEY",
    ]);
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
    ["a list as a key", { "compose.yaml": service("? [a]\n: b") }, "keys must be strings, this one is a list or map"],
    [
      "a file to extend that is no YAML",
      { "compose.yaml": "services: { a: { extends: { file: b.yaml, service: x } } }", "b.yaml": "services: {" },
      "the { that opens here is never closed",
    ],
    [
      "a file to include that is not there, with what others need of it",
      { "compose.yaml": `include: [b.yaml]\n${service("depends_on: [db]\nnetworks: [n]")}` },
      "the file /shop/b.yaml does not exist",
    ],
    [
      "an unknown key that takes the place of all that would do",
      { "compose.yaml": `${service("configs: [c]")}configs: { c: { contents_of: x } }` },
      'unknown key "contents_of" in configs.c',
    ],
    [
      "a secret with a key of configs",
      { "compose.yaml": `${service("secrets: [c]")}secrets: { c: { content: x } }` },
      'unknown key "content" in secrets.c',
    ],
    [
      "a mount of nothing",
      { "compose.yaml": service("volumes: [{}]") },
      'services.web.volumes[0] needs "target" and "type"',
    ],
    ["limits as a list", { "compose.yaml": service("ulimits: [a]") }, "services.web.ulimits must be a map, not a list"],
    [
      "a service to extend that is nothing",
      { "compose.yaml": service("extends:") },
      "services.web.extends must be the name of a service or a map, not empty",
    ],
    [
      "a service to extend that is a number",
      { "compose.yaml": service("extends: 5") },
      "services.web.extends must be the name of a service or a map, not 5",
    ],
    [
      "a name that is no template",
      { "compose.yaml": `name: \${\n${service("user: x")}` },
      'name: "${" is not a valid template',
    ],
    ["a number that is none", { "compose.yaml": service("cpus: .NaN") }, "services.web.cpus must be finite"],
    [
      "networks beside a mode of networks",
      { "compose.yaml": service("network_mode: host\nnetworks: [n]") },
      'services.web has both "network_mode" and "networks"',
    ],
    [
      "a limit that is none, where another key has the same",
      { "compose.yaml": service("cpus: 1\ndeploy: { resources: { limits: { cpus: x } } }") },
      'services.web.deploy.resources.limits.cpus must be a number, not "x"',
    ],
    [
      "a period that is none, of a health check",
      { "compose.yaml": service("healthcheck: { test: x, start_period: 5, start_interval: 1s }") },
      'services.web.healthcheck.start_period must be a duration such as "1m30s" or "500ms", not 5',
    ],
    [
      "a type of mounts that does not work, with its options",
      { "compose.yaml": service("volumes: [{ image: { subpath: s }, type: image, source: i, target: /t }]") },
      'services.web.volumes[0].type: "image" is not supported: files of another image are not mounted',
    ],
    [
      "an escaped slash before a line that is right",
      { "compose.yaml": service('user: "a\\/b"\ncommand: [tar, xf, -]') },
      "docker compose does not know the escape \\/",
    ],
    [
      "a key without a colon before a list that closes in the column of its key",
      { "compose.yaml": service("user i:1\ncommand: [\n    x\n]") },
      "a colon is missing behind this key",
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
