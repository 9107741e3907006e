import { afterAll, beforeAll, beforeEach } from "@jest/globals";
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
  let account: ApiDouble | undefined;
  const started = (): ApiDouble => {
    if (account === undefined) throw new Error("the double has not started");
    return account;
  };
  const onDouble = (session: () => ProviderSession): void => {
    beforeAll(async () => {
      account = await startApiDouble(token);
    });
    afterAll(async () => account?.[Symbol.asyncDispose]());
    beforeEach(() => {
      started().cloud.reset();
    });
    suite(() => ({ ...session(), account: started() }));
  };
  await describeProvider(name, onDouble, (world) => {
    world.runs = ({ address }) => started().cloud.isActiveAt(address);
    return [digitaloceanProvider({ url: started().url, token })];
  });
}
