import { beforeEach, afterEach } from "@jest/globals";
import { describeProvider, type ProviderSession } from "../../provider/session.ts";
import { startApiDouble, type ApiDouble } from "./api-double.ts";
import { digitaloceanProvider } from "./provider.ts";

export interface DigitaloceanSession extends ProviderSession {
  readonly account: ApiDouble;
}

const token = "dop_v1_test";

/**
 * A suite on the real engine with our provider and one named `digitalocean` on a double of its API: a new account for each test. What
 * answers over SSH is in memory; a machine answers while the double says that it is active.
 */
export async function describeOnDigitalocean(
  name: string,
  suite: (session: () => DigitaloceanSession) => void,
): Promise<void> {
  await describeProvider(name, (session) => {
    let account: ApiDouble | undefined;
    beforeEach(async () => {
      const started = await startApiDouble(token);
      account = started;
      const { world, attach } = session();
      await attach(digitaloceanProvider({ url: started.url, token }));
      world.runs = ({ address }) => {
        const { droplets, addresses } = started.cloud;
        const owner = addresses.get(address);
        return [...droplets.values()].some(
          (droplet) =>
            droplet.status === "active" &&
            droplet.leaving === undefined &&
            (droplet.address === address || droplet.id === owner),
        );
      };
    });
    afterEach(async () => account?.[Symbol.asyncDispose]());
    suite(() => {
      if (account === undefined) throw new Error("the double has not started");
      return { ...session(), account };
    });
  });
}
