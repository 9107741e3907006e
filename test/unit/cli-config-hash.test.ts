import { describe, expect, it } from "@jest/globals";
import { type ConfigProject, config, usualStackFile } from "../support/config-command.ts";

describe("stackhouse config --hash", () => {
  const line = /^(\S+) (v1:sha256:[0-9a-f]{64})$/;
  const hashes = async (argv: readonly string[], key: string): Promise<Record<string, string>> => {
    const { code, stdout } = await config([...argv, "-p", "shop"], { files: { "compose.yaml": usualStackFile, key } });
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    return Object.fromEntries(lines.map((text) => line.exec(text)?.slice(1) ?? [text, "?"]) as [string, string][]);
  };

  it("prints a fingerprint for each service, sorted by name", async () => {
    expect(Object.keys(await hashes(["--hash", "*"], "k"))).toEqual(["api", "web"]);
  });

  it("prints those that are asked for", async () => {
    expect(Object.keys(await hashes(["--hash", "web"], "k"))).toEqual(["web"]);
  });

  it("changes with what a service is, and with what its secrets hold", async () => {
    const before = await hashes(["--hash", "*"], "k");
    const after = await hashes(["--hash", "*", "--set", "TAG=2"], "other");
    expect(after["web"]).not.toBe(before["web"]);
    expect(after["api"]).not.toBe(before["api"]);
    expect((await hashes(["--hash", "*", "--set", "TAG=2"], "k"))["api"]).toBe(before["api"]);
  });

  it("says which services there are", async () => {
    expect((await config(["--hash", "wbe"], { files: { "compose.yaml": usualStackFile, key: "k" } })).stderr).toBe(
      'error: there is no service "wbe"\n  → did you mean "web"?\n',
    );
  });

  it("names the secret that cannot be read", async () => {
    const files = { "compose.yaml": usualStackFile.replace("./key", "./lost") };
    const { code, stderr } = await config(["--hash", "*"], { files });
    expect(code).toBe(2);
    expect(stderr).toMatch(/compose\.yaml:18:16 error secrets\.key: there is no file .*\/lost\n/);
  });

  it.each([
    ["a file", 'file: "./${TOKEN}/key"', "there is no file ./${TOKEN}/key"],
    ["a variable", 'environment: "X_${TOKEN}"', "there is no variable X_${TOKEN}"],
  ])("shows %s that is not there as it is written, and not the variables in it", async (_, source, message) => {
    const files = { "compose.yaml": usualStackFile.replace("file: ./key", source) };
    const { code, stdout, stderr } = await config(["--hash", "*"], { files, env: { TOKEN: "hunter2" } });
    expect(code).toBe(2);
    expect(stderr).toContain(`error secrets.key: ${message}\n`);
    expect(stdout + stderr).not.toContain("hunter2");
  });
});

describe("a secret from the environment", () => {
  const app = "services: { a: { image: 'i:1', secrets: [token] } }\nsecrets: { token: { environment: TOKEN } }\n";
  const hashOf = async (project: ConfigProject, argv: readonly string[] = []): Promise<string> => {
    const { code, stdout, stderr } = await config(["--hash", "a", "-p", "shop", ...argv], project);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return stdout;
  };
  const given = { "compose.yaml": app };

  it("is in the fingerprint, wherever its variable comes from", async () => {
    const shell = await hashOf({ files: given, env: { TOKEN: "one" } });
    expect(await hashOf({ files: given, env: { TOKEN: "two" } })).not.toBe(shell);
    expect(await hashOf({ files: given }, ["--set", "TOKEN=one"])).toBe(shell);
    expect(await hashOf({ files: { ...given, ".env": "TOKEN=one\n" } })).toBe(shell);
    expect(await hashOf({ files: { ...given, "a.env": "TOKEN=one\n" } }, ["--env-file", "a.env"])).toBe(shell);
    expect(await hashOf({ files: { ...given, ".env": "TOKEN=two\n" }, env: { TOKEN: "one" } })).toBe(shell);
  });

  it("of an included project has the value of that project's .env, beneath the variables of the including one", async () => {
    const files = {
      "compose.yaml": "include: [in/compose.yaml]\n",
      "in/compose.yaml": app,
      "in/.env": "TOKEN=inner\n",
    };
    const inner = await hashOf({ files });
    expect(inner).toBe(await hashOf({ files: given, env: { TOKEN: "inner" } }));
    const outer = await hashOf({ files: { ...files, ".env": "TOKEN=outer\n" } });
    expect(outer).toBe(await hashOf({ files: given, env: { TOKEN: "outer" } }));
  });

  it("that has no value is an error where its variable is named", async () => {
    const files = { "compose.yaml": "include: [in/compose.yaml]\n", "in/compose.yaml": app };
    const { code, stdout, stderr } = await config(["--hash", "a", "-p", "shop"], { files });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("in/compose.yaml:2:34 error secrets.token: there is no variable TOKEN\n");
    expect(stderr).toContain("→ set it in the shell, in .env or an env file, or with --set TOKEN=…\n");
  });

  it.each(["a, b", "a/b"])("cannot be called %j, which is said where it is declared", async (name) => {
    const files = { "compose.yaml": app.replaceAll("token", JSON.stringify(name)) };
    const { code, stderr } = await config(["--hash", "a", "-p", "shop"], { files, env: { TOKEN: "one" } });
    expect(code).toBe(2);
    expect(stderr).toContain(
      `compose.yaml:2:12 error the name "${name}" in secrets may only have letters, digits, '.', '_' and '-'\n`,
    );
  });

  it.each(["constructor", "__proto__", "a.b"])("may be called %j", async (name) => {
    const usualStackFile = JSON.stringify({
      services: { a: { image: "i:1", secrets: [name] } },
      secrets: { [name]: { environment: "TOKEN" } },
    });
    const files = { "compose.yaml": usualStackFile };
    const one = await hashOf({ files, env: { TOKEN: "one" } });
    expect(await hashOf({ files, env: { TOKEN: "two" } })).not.toBe(one);
    const { code, stderr } = await config(["--hash", "a", "-p", "shop"], { files });
    expect(code).toBe(2);
    expect(stderr).toContain(`error secrets.${name}: there is no variable TOKEN\n`);
  });
});
