import { afterAll, beforeAll, beforeEach } from "@jest/globals";
import { homeFrom } from "../../../../modules/system/home.ts";
import { notRun } from "../../not-run.ts";
import { describeProvider, type ProviderSession } from "../../provider/session.ts";
import { findMoto } from "../moto-install.ts";
import { startMoto, type Moto } from "../moto.ts";
import { instancesOf } from "./account.ts";
import { loopbackOf } from "./instance.ts";
import { awsProvider } from "./provider.ts";

export interface AwsSession extends ProviderSession {
  readonly account: Moto;
}

/**
 * A suite on the real engine with our provider and one named `aws` on moto: an account that is new for each test. What answers over
 * SSH is in memory; a machine answers while moto says that it runs.
 */
export async function describeOnAws(name: string, suite: (session: () => AwsSession) => void): Promise<void> {
  const moto = await findMoto(homeFrom(process.env));
  if ("reason" in moto) {
    notRun(name, moto.reason);
    return;
  }
  let account: Moto | undefined;
  const started = (): Moto => {
    if (account === undefined) throw new Error("moto has not started");
    return account;
  };
  const onMoto = (session: () => ProviderSession): void => {
    beforeAll(async () => {
      account = await startMoto(moto.python);
    });
    afterAll(async () => account?.[Symbol.asyncDispose]());
    beforeEach(() => started().reset());
    suite(() => ({ ...session(), account: started() }));
  };
  await describeProvider(name, onMoto, (world) => {
    world.runs = async ({ address }) => {
      const running = (await instancesOf(started())).filter(({ State }) => State?.Name === "running");
      return running.some(({ PublicIpAddress = "" }) => loopbackOf(PublicIpAddress) === address);
    };
    return [awsProvider(started())];
  });
}
