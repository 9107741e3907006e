import { join } from "node:path";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { expect, test } from "@jest/globals";
import { sendArchives } from "../../modules/agent-client/send-archives.ts";
import type { ArchivedImage } from "../../modules/agent-client/types.ts";
import { testFolder } from "../support/folder.ts";
import { hurriedClock } from "../support/hurried-clock.ts";
import { silentProgress } from "../../modules/base/progress.ts";

const file = { path: "package.json", digest: "d1" };

test.each<[string, Readonly<Record<string, readonly ArchivedImage[]>>, readonly string[]]>([
  ["was never loaded there", {}, ["d1"]],
  ["is there whole", { d1: [{ reference: "web:1", present: true }] }, []],
  ["lost an image that is needed", { d1: [{ reference: "web:1", present: false }] }, ["d1"]],
  ["lost an image that nobody needs", { d1: [{ reference: "old:1", present: false }] }, []],
])("an archive that %s is sent or not", async (_, archives, sent) => {
  const loads: string[] = [];
  const api = {
    archives: () => Promise.resolve(archives),
    loadImages: ({ digest }: { readonly digest: string }) => {
      loads.push(digest);
      return Promise.resolve([]);
    },
  };
  const { signal } = new AbortController();
  await sendArchives(api, [file], {
    ...{ signal, deadlineMs: 120_000 },
    clock: hurriedClock(),
    progress: silentProgress,
    isNeeded: (name) => name === "web:1",
  });
  expect(loads).toEqual(sent);
});

test("what is sent is shown with how much of it, also after the way to the agent was shown", async () => {
  await using folder = await testFolder({ "images.tar": new Uint8Array(12_000_000) });
  const shown: string[] = [];
  const clock = hurriedClock();
  const status = (text: string): void => void shown.push(text);
  const { signal } = new AbortController();
  const api = {
    archives: () => Promise.resolve({}),
    async loadImages({ open }: { readonly open: () => Readable }) {
      await buffer(open());
      status("reaching the host agent 0 s");
      await clock.sleep(90_500);
      return [];
    },
  };
  const progress = { ...silentProgress, status };
  const archive = { path: join(folder.path, "images.tar"), digest: "d1" };
  await sendArchives(api, [archive], { signal, deadlineMs: 120_000, clock, progress, isNeeded: () => true });
  expect(shown[0]).toBe("sending images of images.tar, 0.0 of 12 MB 0 s");
  expect(shown.at(-1)).toMatch(/^sending images of images\.tar, 12 of 12 MB \d+ min \d\d s of 2 min 00 s$/u);
});

test("an archive that is gone is told by its path, with what to do", async () => {
  const { signal } = new AbortController();
  const call = { signal, deadlineMs: 120_000, clock: hurriedClock(), progress: silentProgress, isNeeded: () => true };
  const api = { archives: () => Promise.resolve({}), loadImages: () => Promise.resolve([]) };
  await expect(sendArchives(api, [{ path: "/nowhere/images.tar", digest: "d1" }], call)).rejects.toMatchObject({
    code: "input.invalid",
    message: expect.stringMatching(/^the image archive \/nowhere\/images\.tar cannot be read: .*ENOENT/u),
    hint: expect.stringContaining("put it back"),
  });
});
