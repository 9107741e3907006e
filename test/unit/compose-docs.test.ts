import { readFile } from "node:fs/promises";
import { describe, expect, it } from "@jest/globals";
import { warningCodes } from "../../modules/stackfile/tree/diagnostics.ts";
import { jsonSchemaOf } from "../../modules/stackfile/json-schema.ts";
import { stackFile } from "../../modules/stackfile/keys/top.ts";
import { referenceOf } from "../../modules/stackfile/reference.ts";
import { runCli } from "../support/cli.ts";
import { testFolder } from "../support/folder.ts";
import { load } from "../support/stack-files.ts";

const read = (path: string): Promise<string> => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

describe("the documentation of stack files (node tools/compose-docs.ts writes it)", () => {
  it("has every key as it is", async () => {
    expect((await read("docs/compose.md")).endsWith(`-->\n\n${referenceOf(stackFile)}`)).toBe(true);
  });

  it("has the JSON Schema as it is", async () => {
    expect(JSON.parse(await read("docs/compose.schema.json"))).toEqual(jsonSchemaOf(stackFile));
  });

  it("publishes the JSON Schema with the package", async () => {
    expect(JSON.parse(await read("package.json"))).toMatchObject({
      files: expect.arrayContaining(["docs/compose.schema.json"]) as unknown,
    });
  });

  it("shows findings as they are", async () => {
    const page = await read("docs/compose.md");
    const [, file = ""] = /This file\n\n```yaml\n([^`]*)```/.exec(page) ?? [];
    const [, shown = ""] = /```json\n([^`]*)```/.exec(page) ?? [];
    await using folder = await testFolder({ "compose.yaml": file });
    const { code, stdout } = await runCli(["config", "--quiet", "--json"], { cwd: folder.path });
    expect({ code, printed: JSON.parse(stdout) as unknown }).toEqual({
      code: 2,
      printed: JSON.parse(shown) as unknown,
    });
    const fields = Object.keys((JSON.parse(shown) as { error: { diagnostics: [object] } }).error.diagnostics[0]);
    for (const field of fields) expect(page).toMatch(new RegExp(`^\\| .*\`${field}\``, "mu"));
  });

  it("explains every warning", async () => {
    const page = await read("docs/compose.md");
    const texts = [
      'version: "3"\nservices: { a: { image: i, command: a | b, user: $X, environment: { N: 010 } } }\nvolumes: { n: }\n',
      'services: { a: { image: i:1, ports: ["80:80", "80:81"] } }\n',
    ];
    const loaded = [
      ...texts.map((text) => load(text)),
      load("volumes: {}\n"),
      load({ files: { "compose.yaml": texts[1] ?? "", ".env": "A=$B\n".repeat(1_001) } }),
      load({
        files: { "compose.yaml": texts[1] ?? "", "more.yaml": "" },
        input: { files: ["/shop/compose.yaml", "/shop/more.yaml"] },
      }),
    ];
    const warnings = loaded.flatMap(({ diagnostics }) => diagnostics.filter(({ severity }) => severity === "warning"));
    expect([...new Set(warnings.map(({ code }) => code))].sort()).toEqual([...warningCodes].sort());
    for (const code of warningCodes) expect(page).toContain(`| \`${code}\``);
  });
});

describe("the states of keys", () => {
  const page = referenceOf(stackFile);

  it.each([
    ["works", "services.*.healthcheck.interval", ""],
    ["no effect", "services.*.deploy.labels", "not put on its containers"],
    ["no effect", "version", "one version"],
    ["refused", "services.*.credential_spec", "Windows"],
    ["refused", "services.*.volumes[].type: npipe", "Windows"],
    ["refused", "services.*.security_opt[]: seccomp=FILE", "not read from files"],
    ["refused", "services.*.pid: (others)", "host, service:NAME or container:NAME"],
    ["refused", "services.*.uts: (others)", "must be host"],
    ["refused", "services.*.ports[].target: (others)", "between 1 and 65535"],
    ["refused", "services.*.cpus: (others)", "at least 0"],
  ])("%s: %s", (state, key, note) => {
    const row = page.split("\n").find((line) => line.startsWith(`| \`${key}\` `));
    expect(row).toContain(`| ${state}`);
    expect(row).toContain(note);
  });

  it("that depend on others are told beside these", () => {
    expect(page).toContain("| `services.*.links` beside `network_mode`");
    expect(page).toContain(
      "| `services.*.deploy.restart_policy.max_attempts` beside a `condition` other than `on-failure`",
    );
  });
});
