import { getRegion } from "@pulumi/digitalocean/getRegion.js";
import * as pulumi from "@pulumi/pulumi";
import { lookUp } from "../cloud/look-up.ts";
import type { Need } from "../cloud/resources.ts";

export interface OfferWish {
  readonly region: string;
  readonly size: string;
  /** What another droplet would be made for, besides region and size. */
  readonly another: readonly pulumi.Input<string>[];
}

/** That a new droplet of its size can be in its region now. DigitalOcean is asked in each run. */
export function offerOf({ region, size, another }: OfferWish, host: pulumi.Resource): Need {
  const answer = pulumi.output(sizesIn(region, size, host));
  const about = pulumi.all([region, size, ...another]).apply((all) => all.join(" "));
  const reason = answer.apply(({ isOpen }) =>
    isOpen
      ? `${region} has no droplets of size ${size}: choose another size, or another region; ${where}`
      : `${region} takes no new droplets: choose another region; ${where}`,
  );
  return { about, value: size, allowed: answer.apply(({ sizes }) => [...sizes]), reason };
}

const where = "doctl compute region list says which there are, and what they have";

interface Answer {
  /** Whether new droplets can be made there at all. */
  readonly isOpen: boolean;
  readonly sizes: readonly string[];
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
  const { available, sizes } = await lookUp(host, { what, hint }, asking);
  return { isOpen: available, sizes: available ? sizes : [] };
}

const hint =
  "check its name (doctl compute region list), and give a token that may see it (DIGITALOCEAN_TOKEN, or pulumi config set --secret digitalocean:token); " +
  "where DigitalOcean has trouble (https://status.digitalocean.com) or had too many requests, run this again later";

/** DigitalOcean's API says 403 to a token without a scope. */
function isForbidden(error: unknown): boolean {
  return error instanceof Error && /: 403 /.test(error.message);
}
