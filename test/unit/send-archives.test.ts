import { expect, test } from "@jest/globals";
import { sendArchives } from "../../modules/agent-client/send-archives.ts";
import type { ArchivedImage } from "../../modules/agent-client/types.ts";
import { silentProgress } from "../../modules/base/progress.ts";

const file = { path: "/images/shop.tar", digest: "d1" };

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
  await sendArchives(api, [file], { signal, progress: silentProgress, isNeeded: (name) => name === "web:1" });
  expect(loads).toEqual(sent);
});
