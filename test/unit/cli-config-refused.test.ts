import { describe, expect, it } from "@jest/globals";
import { config } from "../support/config-command.ts";

describe("stackhouse config of what docker compose loads and Stackhouse does not run", () => {
  const files = {
    "compose.yaml": [
      "name: shop",
      "services:",
      "  web: { image: i:1, privileged: true, volumes: ['./html:/html', data:/d], cgroup_parent: x }",
      "  model: { image: j:1, provider: { type: x } }",
      "  idle: { image: k:1, profiles: [debug] }",
      "volumes: { data: }",
      "",
    ].join("\n"),
  };

  it.each([
    ["YAML", [], /^name: shop\nservices:\n {2}web:\n(?:.*\n)* {4}cgroup_parent: x\n/],
    ["JSON", ["--format", "json"], /^\{\n {2}"name": "shop",\n(?:.*\n)* +"cgroup_parent": "x"/],
    ["names of services", ["--services"], /^web\nmodel\n$/],
    ["names of services as JSON", ["--services", "--format", "json"], /^\[\n {2}"web",\n {2}"model"\n\]\n$/],
    ["images", ["--images"], /^i:1\nj:1\n$/],
    ["names of volumes", ["--volumes"], /^data\n$/],
    ["names of networks", ["--networks"], /^default\n$/],
    ["profiles", ["--profiles"], /^debug\n$/],
  ])("prints what it means as %s, says what is not run, and ends with 2", async (_, argv, prints) => {
    const { code, stdout, stderr } = await config(argv, { files });
    expect(stdout).toMatch(prints);
    expect(stderr).toMatch(/^error: the stack file has \d errors\n/);
    expect(stderr).toContain("services.web mounts ./html");
    expect(stderr).toContain('"provider" is not supported');
    expect(stderr).toContain("→ what is printed is what docker compose makes of it; Stackhouse does not run it\n");
    expect(code).toBe(2);
  });

  it("prints a value that the engine does not take, too", async () => {
    const broken = { "compose.yaml": "services: { a: { image: i:1, extra_hosts: ['h:nowhere'] } }\n" };
    const { code, stdout, stderr } = await config(["--format", "json"], { files: broken });
    expect(JSON.parse(stdout)).toMatchObject({ services: { a: { extra_hosts: ["h=nowhere"] } } });
    expect(stderr).toContain('must have IP addresses, not "nowhere"');
    expect(code).toBe(2);
  });

  it.each([
    ["--quiet", ["--quiet"]],
    ["--hash", ["--hash", "*"]],
  ])("prints nothing with %s", async (_, argv) => {
    const { code, stdout, stderr } = await config(argv, { files });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain('"provider" is not supported');
    expect(stderr).not.toContain("what is printed");
  });

  it("prints the findings alone with --json, which is one document", async () => {
    const { code, stdout } = await config(["--json"], { files });
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "stackfile.invalid" } });
  });

  it("prints nothing of what docker compose refuses, too", async () => {
    const both = { "compose.yaml": `${files["compose.yaml"]}sevices: {}\n` };
    const { code, stdout, stderr } = await config([], { files: both });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).not.toContain("what is printed");
  });
});

describe("stackhouse config --profiles", () => {
  it.each([
    ["is not run", "{ image: i:1, provider: { type: x }, profiles: [debug] }"],
    ["names what is not there", "{ image: i:1, depends_on: [none], env_file: none.env, profiles: [debug] }"],
  ])("names the profile of an inactive service that %s", async (_, idle) => {
    const files = { "compose.yaml": `services:\n  a: { image: i:1 }\n  b: ${idle}\n` };
    expect(await config(["--profiles"], { files })).toEqual({ code: 0, stdout: "debug\n", stderr: "" });
  });
});
