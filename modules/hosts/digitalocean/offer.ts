import { getRegion } from "@pulumi/digitalocean/getRegion.js";
import * as pulumi from "@pulumi/pulumi";
import { tryLookUp } from "../cloud/look-up.ts";
import type { Need } from "../cloud/resources.ts";

export interface OfferWish {
  readonly region: string;
  readonly size: string;
  /** What another droplet would be made for, besides region and size. */
  readonly another: readonly pulumi.Input<string>[];
  /** What another one would be made without. */
  readonly lasting: string | undefined;
}

/** That a new droplet of its size can be in its region now. DigitalOcean is asked in each run; one that is there needs no answer. */
export function offerOf({ region, size, another, lasting }: OfferWish, host: pulumi.Resource): Need {
  const answer = pulumi.output(sizesIn(region, size, host));
  const about = pulumi.all([region, size, ...another]).apply((all) => all.join(" "));
  const reason = answer.apply(({ unlike }) => unlike);
  return { about, lasting, value: size, allowed: answer.apply(({ sizes }) => [...sizes]), reason };
}

const where = "doctl compute region list says which there are, and what they have";

interface Answer {
  /** Those of which new droplets can be made there, as far as that is known. */
  readonly sizes: readonly string[];
  /** Why there can be none of another size. */
  readonly unlike: string;
}

/** It is known beforehand only that a droplet cannot be where it is wanted: where DigitalOcean may not be asked, it says so when that is made. */
async function sizesIn(slug: string, size: string, host: pulumi.Resource): Promise<Answer> {
  const asking = getRegion({ slug }, { parent: host }).catch((error: unknown) => {
    if (!isForbidden(error)) throw error;
    void pulumi.log.warn(
      `it is not known whether ${slug} has droplets of size ${size}: the token has no permission for regions:read and sizes:read. ` +
        "up fails where it has none: give the token these scopes, and preview says so",
      host,
    );
    return { available: true, sizes: [size] };
  });
  const what = (): Promise<string> => Promise.resolve(`the region ${slug} of DigitalOcean`);
  const answered = await tryLookUp({ what, hint }, asking);
  if ("unanswered" in answered) return { sizes: [], unlike: answered.unanswered };
  const { available, sizes } = answered.answer;
  return available
    ? { sizes, unlike: `${slug} has no droplets of size ${size}: choose another size, or another region; ${where}` }
    : { sizes: [], unlike: `${slug} takes no new droplets: choose another region; ${where}` };
}

const hint =
  "check its name (doctl compute region list), and give a token that may see it (DIGITALOCEAN_TOKEN, or pulumi config set --secret digitalocean:token); " +
  "where DigitalOcean has trouble (https://status.digitalocean.com) or had too many requests, run this again later";

/** DigitalOcean's API says 403 to a token without a scope. */
function isForbidden(error: unknown): boolean {
  return error instanceof Error && /: 403 /.test(error.message);
}
