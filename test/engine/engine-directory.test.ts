import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "@jest/globals";
import { parse, stringify } from "yaml";
import { silentProgress } from "../../modules/base/progress.ts";
import { openPulumiStack, type PulumiStack } from "../../modules/engine/index.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { systemRunner } from "../../modules/system/exec.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { idOfThing } from "../support/engine/demo-provider.ts";
import { makeProject } from "../support/engine/project.ts";
import { describeWithEngine, recordedCall } from "../support/engine/session.ts";

const program = `
const pulumi = require("@pulumi/pulumi");
class Thing extends pulumi.CustomResource {
  constructor(name, args) { super("stackhouse:test:Thing", name, { name, ...args, shout: undefined }); }
}
exports.shout = new Thing("only", { content: "hi" }).shout;
`;

await describeWithEngine("a project in a folder", (session) => {
  async function open(home = session().home): Promise<PulumiStack> {
    const { engine, env, folder } = session();
    return openPulumiStack({
      engine,
      home,
      env,
      stackName: "dev",
      providerPath: join(folder, "bin"),
      idOf: idOfThing,
      project: { kind: "directory", path: await makeProject(session(), program) },
      runner: systemRunner,
      clock: systemClock,
      signal: new AbortController().signal,
      progress: silentProgress,
    });
  }

  test("runs through the Automation API with the Node language host", async () => {
    const stack = await open();
    expect(stack.project).toBe("directory");
    expect(await stack.up(recordedCall())).toMatchObject({ outputs: { shout: "HI" } });
  });

  test("plain `pulumi` drives the same Pulumi stack", async () => {
    const { home, env, engine } = session();
    const child = spawn(join(engine.binDir, "pulumi"), ["preview", "--stack", "dev", "--non-interactive"], {
      cwd: await makeProject(session(), program),
      env: {
        ...env,
        PULUMI_BACKEND_URL: `file://${home.state.backend}`,
        PULUMI_CONFIG_PASSPHRASE_FILE: join(home.state.root, "passphrase"),
        PULUMI_HOME: home.state.pulumiHome,
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
    });
    const [output] = await Promise.all([text(child.stdout), once(child, "close")]);
    expect(output).toContain("2 unchanged");
  });

  test("destroys through the Automation API", async () => {
    const stack = await open();
    await stack.destroy(recordedCall());
    await expect(readFile(join(session().world, "only-plain"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("the salt that a lost backend left in Pulumi.<stack>.yaml is no obstacle, as long as it encrypts nothing", async () => {
    const project = await makeProject(session(), program);
    const settings = join(project, "Pulumi.dev.yaml");
    const elsewhere = homeFrom({ STACKHOUSE_HOME: join(session().folder, "another-home") });
    const stack = await open(elsewhere);
    expect(await stack.up(recordedCall())).toMatchObject({ changed: true });
    await stack.destroy(recordedCall());
    const salted = parse(await readFile(settings, "utf8")) as object;
    await writeFile(settings, stringify({ ...salted, config: { "directory:x": { secure: "v1:AAAA" } } }));
    const third = homeFrom({ STACKHOUSE_HOME: join(session().folder, "third-home") });
    await expect(open(third)).rejects.toMatchObject({
      code: "input.invalid",
      hint: expect.stringContaining("PULUMI_CONFIG_PASSPHRASE"),
    });
  });

  test("a folder without Pulumi.yaml is told", async () => {
    const { engine, home, env, folder } = session();
    const opening = openPulumiStack({
      engine,
      home,
      env,
      stackName: "dev",
      providerPath: join(folder, "bin"),
      idOf: idOfThing,
      project: { kind: "directory", path: folder },
      runner: systemRunner,
      clock: systemClock,
      signal: new AbortController().signal,
      progress: silentProgress,
    });
    await expect(opening).rejects.toMatchObject({ code: "input.invalid", message: `${folder}/Pulumi.yaml is missing` });
  });
});
