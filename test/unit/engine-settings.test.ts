import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { silentProgress } from "../../modules/base/progress.ts";
import type { Engine, Environment, PulumiStackOptions } from "../../modules/engine/index.ts";
import { settingsFor } from "../../modules/engine/settings.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { systemRunner } from "../../modules/system/exec.ts";
import { homeFrom } from "../../modules/system/home.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stackhouse-settings-"));
  await mkdir(join(folder, "project"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function options(env: Environment = {}): PulumiStackOptions {
  return {
    engine: { binDir: "/opt/engine/bin", version: "3.259.0", source: "installed" } as Engine,
    home: homeFrom({ STACKHOUSE_HOME: join(folder, "home") }),
    project: { kind: "inline", name: "demo", workDir: join(folder, "project"), program: () => Promise.resolve() },
    stackName: "dev",
    env: { HOME: join(folder, "user"), PATH: "/usr/bin", ...env },
    providerPath: "/opt/provider",
    runner: systemRunner,
    clock: systemClock,
    signal: new AbortController().signal,
    progress: silentProgress,
    idOf: () => undefined,
  };
}

describe("without settings of the user", () => {
  test("state goes into our own folder, with a generated passphrase", async () => {
    const { env, backend, ownBackend, secretsProvider } = await settingsFor(options());
    expect(backend).toBe(`file://${folder}/home/state/backend`);
    expect(ownBackend).toBe(`${folder}/home/state/backend`);
    expect(secretsProvider).toBe("passphrase");
    expect(env["PULUMI_BACKEND_URL"]).toBe(`${backend}?metadata=skip`);
    expect((await readFile(env["PULUMI_CONFIG_PASSPHRASE_FILE"]!, "utf8")).length).toBeGreaterThanOrEqual(40);
    expect((await stat(env["PULUMI_CONFIG_PASSPHRASE_FILE"]!)).mode & 0o777).toBe(0o600);
  });

  test("the passphrase stays the same, for two first runs at once too", async () => {
    const all = await Promise.all([1, 2, 3].map(() => settingsFor(options())));
    const texts = await Promise.all(all.map(({ env }) => readFile(env["PULUMI_CONFIG_PASSPHRASE_FILE"]!, "utf8")));
    expect(new Set(texts).size).toBe(1);
  });

  test("the engine's own programs and our provider come first on PATH", async () => {
    expect((await settingsFor(options())).env["PATH"]).toBe("/opt/engine/bin:/opt/provider:/usr/bin");
  });

  test("the provider gets the same home, though it runs in another folder", async () => {
    const { env } = await settingsFor(options({ STACKHOUSE_HOME: "home" }));
    expect(env["STACKHOUSE_HOME"]).toBe(join(folder, "home"));
  });
});

describe("plugins that are missing", () => {
  const acquisition = async (changes: Partial<PulumiStackOptions>): Promise<string | undefined> =>
    (await settingsFor({ ...options(), ...changes })).env["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"];
  const directory = (): PulumiStackOptions["project"] => ({ kind: "directory", path: join(folder, "project") });
  const from = (source: Engine["source"]): Engine => ({ ...options().engine, source });

  test("are not looked for by an inline program, which needs our own alone", async () => {
    expect(await acquisition({})).toBe("true");
  });

  test("are not looked for by a run that has just found the download site unreachable", async () => {
    expect(await acquisition({ project: directory(), engine: from("built") })).toBe("true");
  });

  test("are fetched by later runs, and by all where there was a site", async () => {
    expect(await acquisition({ project: directory(), engine: from("installed") })).toBeUndefined();
    expect(await acquisition({ project: directory(), engine: from("downloaded") })).toBeUndefined();
  });
});

describe("settings of the user win", () => {
  test("PULUMI_BACKEND_URL", async () => {
    const { env, backend, ownBackend } = await settingsFor(options({ PULUMI_BACKEND_URL: "s3://bucket" }));
    expect({ backend, ownBackend }).toEqual({ backend: "s3://bucket", ownBackend: undefined });
    expect(env).not.toHaveProperty("PULUMI_CONFIG_PASSPHRASE_FILE");
    expect(env).not.toHaveProperty("PULUMI_HOME");
  });

  test("backend in Pulumi.yaml", async () => {
    await writeFile(join(folder, "project", "Pulumi.yaml"), "name: demo\nbackend: { url: gs://bucket }\n");
    expect((await settingsFor(options())).backend).toBe("gs://bucket");
  });

  test("pulumi login", async () => {
    await mkdir(join(folder, "user", ".pulumi"), { recursive: true });
    const credentials = JSON.stringify({ current: "https://api.pulumi.com" });
    await writeFile(join(folder, "user", ".pulumi", "credentials.json"), credentials);
    const { env, backend, secretsProvider } = await settingsFor(options());
    expect(backend).toBe("https://api.pulumi.com");
    expect(secretsProvider).toBeUndefined();
    expect(env).not.toHaveProperty("PULUMI_BACKEND_URL");
  });

  test("PULUMI_ACCESS_TOKEN", async () => {
    expect((await settingsFor(options({ PULUMI_ACCESS_TOKEN: "x" }))).ownBackend).toBeUndefined();
  });

  test("PULUMI_CONFIG_PASSPHRASE, empty too", async () => {
    const { env } = await settingsFor(options({ PULUMI_CONFIG_PASSPHRASE: "" }));
    expect(env["PULUMI_CONFIG_PASSPHRASE"]).toBe("");
    expect(env).not.toHaveProperty("PULUMI_CONFIG_PASSPHRASE_FILE");
  });

  test("PULUMI_CONFIG_PASSPHRASE_FILE and PULUMI_HOME", async () => {
    const own = { PULUMI_CONFIG_PASSPHRASE_FILE: "/etc/passphrase", PULUMI_HOME: join(folder, "pulumi") };
    expect((await settingsFor(options(own))).env).toMatchObject(own);
  });

  test("the secrets provider of Pulumi.<stack>.yaml", async () => {
    await writeFile(join(folder, "project", "Pulumi.dev.yaml"), "secretsprovider: awskms://alias/x\n");
    expect((await settingsFor(options())).secretsProvider).toBe("awskms://alias/x");
  });
});

test("a settings file that is not YAML is named", async () => {
  await writeFile(join(folder, "project", "Pulumi.yaml"), "name: [demo\n");
  await expect(settingsFor(options())).rejects.toMatchObject({ code: "input.invalid" });
});
