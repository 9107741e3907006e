import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { silentProgress } from "../../modules/base/progress.ts";
import { buildError } from "../../modules/engine/build.ts";
import { ensureEngine, type EngineMakers } from "../../modules/engine/ensure.ts";
import { findEngine } from "../../modules/engine/find.ts";
import { findGo } from "../../modules/engine/go.ts";
import { installedRoot, moduleFolder } from "../../modules/engine/layout.ts";
import type { EnginePorts } from "../../modules/engine/index.ts";
import { isAtLeast } from "../../modules/base/version-order.ts";
import { engineVersion } from "../../modules/engine/version.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { fakeClock } from "../support/fake-clock.ts";
import { notRun } from "../support/not-run.ts";
import { systemRunner } from "../../modules/system/exec.ts";
import { homeFrom } from "../../modules/system/home.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stackhouse-find-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A `pulumi` that knows its version and nothing else, with its language host. */
async function installPulumi(binDir: string, version: string): Promise<void> {
  await mkdir(binDir, { recursive: true });
  for (const [name, script] of [
    ["pulumi", `#!/bin/sh\necho v${version}\n`],
    ["pulumi-language-nodejs", "#!/bin/sh\n"],
  ] as const) {
    await writeFile(join(binDir, name), script);
    await chmod(join(binDir, name), 0o755);
  }
}

function ports(path: string): EnginePorts & { readonly told: string[] } {
  const told: string[] = [];
  return {
    home: homeFrom({ STACKHOUSE_HOME: join(folder, "home") }),
    runner: systemRunner,
    clock: systemClock,
    signal: new AbortController().signal,
    progress: { ...silentProgress, info: (text) => told.push(text) },
    env: { PATH: path },
    told,
  };
}

const nothing: EngineMakers = {
  download: () => Promise.resolve({ done: false, reason: "the site can not be reached" }),
  whyNoGo: () => Promise.resolve("Go is not installed"),
  build: () => Promise.reject(new Error("not to be called")),
};

const goDevArchive = "/usr/local/go/bin/go";

const fromArchive = "Go from the archive of go.dev";
if (!existsSync(goDevArchive)) notRun(fromArchive, `there is no ${goDevArchive}`);
else {
  describe(fromArchive, () => {
    test("is found without being on PATH", async () => {
      expect(await findGo({ PATH: folder })).toBe(goDevArchive);
    });
  });
}

describe("findEngine", () => {
  test("takes the engine on PATH where it is new enough", async () => {
    const binDir = join(folder, "bin");
    await installPulumi(binDir, "3.250.1");
    expect(await findEngine(ports(binDir))).toMatchObject({
      kind: "found",
      engine: { version: "3.250.1", source: "path", binDir },
    });
  });

  test("says what is wrong with an engine that is too old", async () => {
    const binDir = join(folder, "bin");
    await installPulumi(binDir, "3.100.0");
    const finding = await findEngine(ports(binDir));
    expect(finding.kind).toBe("too-old");
    expect(finding.reason).toBe(`pulumi 3.100.0 at ${binDir}/pulumi is older than 3.206.0`);
  });

  test("says where it looked when there is none", async () => {
    const finding = await findEngine(ports(folder));
    expect(finding.kind).toBe("missing");
    expect(finding.reason).toContain("no pulumi on PATH, and none in");
  });

  test("says why the one on PATH cannot be used", async () => {
    const binDir = join(folder, "bin");
    await installPulumi(binDir, "3.250.1");
    await writeFile(join(binDir, "pulumi"), "#!/bin/sh\necho no such libc >&2; exit 1\n");
    const finding = await findEngine(ports(binDir));
    expect(finding.kind).toBe("missing");
    expect(finding.reason).toContain(`${binDir}/pulumi does not run: no such libc, and none in`);
  });

  test("does not wait for one that never answers", async () => {
    const binDir = join(folder, "bin");
    await installPulumi(binDir, "3.250.1");
    await writeFile(join(binDir, "pulumi"), "#!/bin/sh\nsleep 600\n");
    const finding = await findEngine({ ...ports(binDir), clock: fakeClock() });
    expect(finding.reason).toContain("pulumi version did not answer within");
  });
});

describe("ensureEngine", () => {
  test("builds where nothing can be downloaded, and finds its own copy the next time", async () => {
    const built: EngineMakers = {
      ...nothing,
      whyNoGo: () => Promise.resolve(undefined),
      build: (root) => installPulumi(join(root, "bin"), engineVersion),
    };
    expect(await ensureEngine(ports(folder), built)).toMatchObject({ version: engineVersion, source: "built" });
    expect(await ensureEngine(ports(folder), nothing)).toMatchObject({ version: engineVersion, source: "installed" });
  });

  test("prefers the download to a build, and says how it went", async () => {
    const downloaded: EngineMakers = {
      ...nothing,
      download: async (root) => {
        await installPulumi(join(root, "bin"), engineVersion);
        return { done: true };
      },
    };
    expect(await ensureEngine(ports(folder), downloaded)).toMatchObject({ source: "downloaded" });
  });

  test("an engine on PATH that is too old is passed over for our own", async () => {
    const binDir = join(folder, "old", "bin");
    await installPulumi(binDir, "3.100.0");
    const call = ports(binDir);
    const engine = await ensureEngine(call, {
      ...nothing,
      whyNoGo: () => Promise.resolve(undefined),
      build: (root) => installPulumi(join(root, "bin"), engineVersion),
    });
    expect(engine.source).toBe("built");
    expect(call.told[0]).toContain("is older than");
  });

  test("two at once make one engine", async () => {
    let builds = 0;
    const make: EngineMakers = {
      ...nothing,
      whyNoGo: () => Promise.resolve(undefined),
      build: async (root) => {
        builds += 1;
        await installPulumi(join(root, "bin"), engineVersion);
      },
    };
    await Promise.all([ensureEngine(ports(folder), make), ensureEngine(ports(folder), make)]);
    expect(builds).toBe(1);
  });

  test("what killed runs left of their drafts and downloads is removed", async () => {
    const call = ports(folder);
    const root = await installedRoot(call.home);
    for (const left of [".new/bin", ".new.01234567-89ab-cdef-0123-456789abcdef/engine"]) {
      await mkdir(`${root}${left}`, { recursive: true });
    }
    await ensureEngine(call, {
      ...nothing,
      whyNoGo: () => Promise.resolve(undefined),
      build: (draft) => installPulumi(join(draft, "bin"), engineVersion),
    });
    expect(await readdir(dirname(root))).toEqual([basename(root)]);
  });

  test("an interrupted build leaves nothing that counts as an engine", async () => {
    const cut: EngineMakers = {
      ...nothing,
      whyNoGo: () => Promise.resolve(undefined),
      build: async (root) => {
        await installPulumi(join(root, "bin"), engineVersion);
        throw new Error("power cut");
      },
    };
    await expect(ensureEngine(ports(folder), cut)).rejects.toThrow("power cut");
    expect((await findEngine(ports(folder))).kind).toBe("missing");
  });

  test("without download and Go it says what was tried and what to install", async () => {
    await expect(ensureEngine(ports(folder), nothing)).rejects.toMatchObject({
      code: "engine.no-go",
      details: [expect.stringContaining("no pulumi on PATH"), "the site can not be reached", "Go is not installed"],
      hint: expect.stringContaining("install Go 1.21 or newer"),
    });
  });

  test("an old engine and no way to get a newer one is told as such", async () => {
    const binDir = join(folder, "old", "bin");
    await installPulumi(binDir, "3.100.0");
    await expect(ensureEngine(ports(binDir), nothing)).rejects.toMatchObject({
      code: "engine.too-old",
      message: expect.stringContaining("3.100.0"),
    });
  });

  test("what was made and does not run is refused", async () => {
    const broken: EngineMakers = { ...nothing, download: () => Promise.resolve({ done: true }) };
    await expect(ensureEngine(ports(folder), broken)).rejects.toMatchObject({ code: "engine.build-failed" });
  });
});

describe("a failed build is sorted by what its user can do", () => {
  test.each([
    ["dial tcp: lookup modules.example: no such host", "engine.no-network", "GOPROXY"],
    ["write /x: no space left on device", "engine.build-failed", "free about 6 GB"],
    ["compile: signal: killed", "engine.build-failed", "memory"],
    ["main.go:1: syntax error", "engine.build-failed", "put it on PATH"],
  ])("%s", (output, code, hint) => {
    const error = buildError(`go: downloading x v1\n${output}\ngithub.com/hashicorp/hcl/v2\n`);
    expect(error).toMatchObject({ code, details: [output] });
    expect(error.hint).toContain(hint);
  });
});

describe("versions", () => {
  test.each([
    ["3.206.0", "3.206.0", true],
    ["3.210.0", "3.206.0", true],
    ["4.0.0", "3.206.0", true],
    ["3.99.0", "3.206.0", false],
    ["1.26.8", "1.21", true],
    ["1.19", "1.21", false],
    ["3.259.0-alpha.1", "3.259.0", true],
  ])("%s is at least %s: %s", (version, oldest, expected) => {
    expect(isAtLeast(version, oldest)).toBe(expected);
  });

  test("engine, its Go modules and the SDK are of one version", () => {
    const sdk = new URL("../../node_modules/@pulumi/pulumi/package.json", import.meta.url);
    expect(JSON.parse(readFileSync(sdk, "utf8"))).toMatchObject({ version: engineVersion });
    const wrapper = readFileSync(join(moduleFolder("pulumi"), "go.mod"), "utf8");
    expect(wrapper).toContain(`github.com/pulumi/pulumi/pkg/v3 v${engineVersion}`);
    expect(wrapper).toContain(`github.com/pulumi/pulumi/sdk/v3 v${engineVersion}`);
  });
});
