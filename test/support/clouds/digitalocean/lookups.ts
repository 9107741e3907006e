import * as z from "zod";
import { silentProgress } from "../../../../modules/base/progress.ts";
import type { ProviderFunction } from "../../../../modules/provider/kit/server.ts";
import { must, type Account } from "./client.ts";

const question = z.object({ slug: z.string() });
const answer = z.object({
  regions: z.array(z.object({ slug: z.string(), available: z.boolean(), sizes: z.array(z.string()) })),
});

/** The functions that programs of ours call. */
export function lookups(account: Account): Readonly<Record<string, ProviderFunction>> {
  return {
    // The real provider looks for it among all, too.
    async "digitalocean:index/getRegion:getRegion"(args) {
      const { slug } = question.parse(args);
      const call = { signal: AbortSignal.timeout(deadlineMs), progress: silentProgress, deadlineMs };
      const { regions } = await must(account, "regions", { answer }, call);
      const found = regions.find((region) => region.slug === slug);
      if (found === undefined) throw new Error(`Region does not exist: ${slug}`);
      return { id: slug, ...found };
    },
  };
}

const deadlineMs = 60_000;
