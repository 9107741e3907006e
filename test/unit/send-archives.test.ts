import { expect, test } from "@jest/globals";
import { sendArchives } from "../../modules/agent-client/send-archives.ts";
import type { ArchivedImage } from "../../modules/agent-client/types.ts";
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
    signal,
    clock: hurriedClock(),
    progress: silentProgress,
    isNeeded: (name) => name === "web:1",
  });
  expect(loads).toEqual(sent);
});

test("what is sent is shown with how much of it, also after the way to the agent was shown", async () => {
  const shown: string[] = [];
  const clock = hurriedClock();
  const status = (text: string): void => void shown.push(text);
  const { signal } = new AbortController();
  const api = {
    archives: () => Promise.resolve({}),
    async loadImages() {
      status("reaching the host agent 0 s");
      await clock.sleep(90_500);
      return [];
    },
  };
  const progress = { ...silentProgress, status };
  await sendArchives(api, [file], { signal, clock, progress, isNeeded: () => true });
  expect(shown.at(-1)).toMatch(/^sending images of package\.json, 0\.0 of 0\.0 MB 1 min 30 s$/u);
});
