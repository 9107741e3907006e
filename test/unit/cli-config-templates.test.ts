import { describe, expect, it } from "@jest/globals";
import { config, printed } from "../support/config-command.ts";

describe("stackhouse config --no-interpolate", () => {
  const templates = `
services:
  web:
    image: "web:\${TAG:-1}"
    command: run \${FLAGS} $$HOME
    ports: ["\${PORT:-80}:80", "81:81"]
    volumes: ["data:/d:\${ACCESS}"]
    deploy: { replicas: "\${COUNT}" }
    healthcheck: { interval: "\${EVERY}", retries: 3 }
    mem_limit: \${MEMORY:?how much}
  debug: { image: "web:\${TAG}", profiles: [debug] }
volumes: { data: }
`;

  it("leaves variables as they are written, in services of every profile", async () => {
    const model = printed(await config(["--no-interpolate"], { files: { "compose.yaml": templates } }));
    expect(model["services"]).toEqual({
      web: {
        image: "web:${TAG:-1}",
        command: "run ${FLAGS} $$HOME",
        ports: ["${PORT:-80}:80", "81:81"],
        volumes: [{ type: "volume", source: "data", target: "/d", volume: {} }],
        networks: { default: null },
        deploy: { replicas: "${COUNT}" },
        healthcheck: { interval: "${EVERY}", retries: 3 },
        mem_limit: "${MEMORY:?how much}",
      },
      debug: { image: "web:${TAG}", profiles: ["debug"], networks: { default: null } },
    });
  });

  it.each([
    ["a text that may be ports, with all beside it", "ports: [$P, '80:80']", "- $P\n      - 80:80", '["$P","80:80"]'],
    ["a flag that is off", "tty: false", "tty: false", '"tty":false'],
    [
      "a number of any size",
      "mem_limit: 9223372036854775807",
      "mem_limit: 9223372036854775807",
      ":9223372036854775807",
    ],
    ["a moment", "labels: { made: 2026-01-02 }", "made: 2026-01-02T00:00:00Z", '"made":"2026-01-02T00:00:00Z"'],
    [
      "a key of SSH that is no path",
      "build: { ssh: { a: 9007199254740993 } }",
      "a: 9007199254740993",
      '"a":9007199254740993',
    ],
    ["a text like a moment", "labels: { made: '2026-01-02' }", 'made: "2026-01-02"', '"made":"2026-01-02"'],
    ["a list of no variables", "environment: []", "environment: []", '"environment":null'],
    ["an attestation", "build: { sbom: true }", 'sbom: "true"', '"sbom":"true"'],
    ["volumes of another service", "volumes_from: [b]", "restart: false", '"restart":false'],
  ])("prints %s as docker compose has it before values are made", async (_, keys, yaml, json) => {
    const files = { "compose.yaml": `services:\n  a: { image: i, ${keys} }\n  b: { image: i }\n` };
    expect((await config(["--no-interpolate"], { files })).stdout).toContain(yaml);
    const { stdout } = await config(["--no-interpolate", "--format", "json"], { files });
    expect(stdout.replaceAll(/\n *|(?<=:) /g, "")).toContain(json);
  });

  it.each([
    ["--services", "web\ndebug\n"],
    ["--volumes", "data\n"],
    ["--networks", "default\n"],
    ["--profiles", "debug\n"],
  ])("prints with %s what services of every profile have", async (part, prints) => {
    const { stdout } = await config(["--no-interpolate", part], { files: { "compose.yaml": templates } });
    expect(stdout).toBe(prints);
  });

  it("prints the images of active profiles, as docker compose does", async () => {
    const files = { "compose.yaml": templates };
    expect((await config(["--no-interpolate", "--images"], { files })).stdout).toBe("web:${TAG:-1}\n");
    const active = ["--no-interpolate", "--images", "--profile", "debug"];
    expect((await config(active, { files })).stdout).toBe("web:${TAG:-1}\nweb:${TAG}\n");
  });

  it("is refused with fingerprints, which are of values", async () => {
    const { code, stderr } = await config(["--no-interpolate", "--hash", "*"]);
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("cannot be used with") as unknown,
    });
  });

  it("gives a stack file that comes to the same when variables are put in", async () => {
    const files = { "compose.yaml": templates };
    const env = { FLAGS: "-x", ACCESS: "rw", COUNT: "2", EVERY: "3s", MEMORY: "1g" };
    const template = await config(["--no-interpolate", "-p", "x"], { files });
    const { stdout } = await config(["-p", "x", "--format", "json"], {
      files: { "compose.yaml": template.stdout },
      env,
    });
    const direct = await config(["-p", "x", "--format", "json"], { files, env });
    // Only the folder of the test differs.
    const withoutFolder = (text: string): string => text.replaceAll(/"\/[^"]*stackhouse-test-[^/"]*/g, '"');
    expect(JSON.parse(withoutFolder(stdout))).toEqual(JSON.parse(withoutFolder(direct.stdout)));
  });

  it.each([[[]], [["--services"]], [["--variables"]], [["--quiet"]]])(
    "says with %j what it says of a file with values",
    async (part) => {
      const files = {
        "compose.yaml": `version: "3"\n${templates}`,
        "docker-compose.yml": templates,
      };
      const { code, stderr } = await config(["--no-interpolate", ...part], { files });
      expect(code).toBe(0);
      expect(stderr).toContain("docker-compose.yml is not read: compose.yaml beside it goes before it");
    },
  );

  it("prints its findings as data with --quiet --json", async () => {
    const files = { "compose.yaml": "services: { a: { image: i:1 } }\n", "empty.yaml": "" };
    const { code, stdout } = await config(
      ["-f", "compose.yaml", "-f", "empty.yaml", "--no-interpolate", "--quiet", "--json"],
      { files },
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ diagnostics: [{ code: "empty-file", file: "empty.yaml" }] });
  });

  it.each([
    "network_mode: 2020-01-01",
    "pid: 2020-01-01",
    "volumes_from: [2020-01-01]",
    "volumes: [{ type: volume, target: 2020-01-01 }]",
  ])("refuses a moment that would have to be a text: %s", async (keys) => {
    const text = `services: { a: { image: i, ${keys} } }`;
    const { code, stderr } = await config(["--no-interpolate"], { files: { "compose.yaml": text } });
    expect(code).toBe(2);
    expect(stderr).toMatch(/services\.a\.\S+ must be a string, not 2020-01-01 .*quote it: "2020-01-01"/s);
  });

  it("still refuses what cannot be a stack file", async () => {
    const { code, stderr } = await config(["--no-interpolate"], { files: { "compose.yaml": "services: { a: [$X] }" } });
    expect(code).toBe(2);
    expect(stderr).toContain("services.a must be a map, not a list");
  });
});

describe("stackhouse config --variables", () => {
  it("looks into files whose keys are wrong, and not into what is no map", async () => {
    const wrong = { "compose.yaml": 'services: { a: { imge: "$A", user: ["$B"] } }\n' };
    const { code, stdout } = await config(["--variables", "--format", "json"], { files: wrong });
    expect({ code, names: Object.keys(JSON.parse(stdout) as object) }).toEqual({ code: 0, names: ["A", "B"] });
    const noMap = await config(["--variables"], { files: { "compose.yaml": "services: { a: $A }\n" } });
    expect(noMap).toMatchObject({ code: 2, stdout: "" });
    expect(noMap.stderr).toContain("services.a must be a map");
  });

  const files = {
    "compose.yaml": [
      "services:",
      "  a:",
      "    image: i:${TAG:-1}",
      '    command: ["$PLAIN", "${NEED:?say which}", "${ON:+${INNER-deep}}", "$$NOT", "${TAG}", "$"]',
      "    environment: { $KEY: $PLAIN }",
    ].join("\n"),
  };

  it("prints a table of what can be set, and what the file says about it", async () => {
    expect(await config(["--variables"], { files })).toEqual({
      code: 0,
      stdout: [
        "NAME                REQUIRED            DEFAULT VALUE       ALTERNATE VALUE",
        "INNER               false               deep",
        "NEED                true",
        "ON                  false                                   ${INNER-deep}",
        "PLAIN               false",
        "TAG                 false               1",
        "",
      ].join("\n"),
      stderr: "",
    });
  });

  it("prints them as JSON, with the keys of docker compose", async () => {
    const variables = JSON.parse((await config(["--variables", "--format", "json"], { files })).stdout) as object;
    expect(Object.keys(variables)).toEqual(["INNER", "NEED", "ON", "PLAIN", "TAG"]);
    expect(variables).toMatchObject({ TAG: { Name: "TAG", DefaultValue: "1", PresenceValue: "", Required: false } });
  });
});
