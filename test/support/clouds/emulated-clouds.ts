import type { ProviderDefinition } from "../../../modules/provider/kit/server.ts";
import type { Home } from "../../../modules/system/home.ts";
import { inventoryOf } from "./aws/account.ts";
import { awsProvider } from "./aws/provider.ts";
import { startApiDouble } from "./digitalocean/api-double.ts";
import { digitaloceanProvider } from "./digitalocean/provider.ts";
import { findMoto } from "./moto-install.ts";
import { startMoto } from "./moto.ts";

export const cloudNames = ["aws", "digitalocean"] as const;
export type CloudName = (typeof cloudNames)[number];

/** An emulated cloud without machines, and the provider that leads to it. */
export interface Cloud extends AsyncDisposable {
  readonly provider: ProviderDefinition;
  /** All that is in the account. */
  inventory(): Promise<readonly string[]>;
}

const token = "dop_v1_test";

/** How a cloud is started, or why it cannot be on this machine. */
export async function findCloud(
  name: CloudName,
  home: Home,
): Promise<{ readonly start: () => Promise<Cloud> } | { readonly reason: string }> {
  switch (name) {
    case "aws": {
      const moto = await findMoto(home);
      return "reason" in moto ? moto : { start: () => startAws(moto.python) };
    }
    case "digitalocean":
      return { start: startDigitalocean };
  }
}

async function startAws(python: string): Promise<Cloud> {
  const account = await startMoto(python);
  return Object.assign(account, { provider: awsProvider(account), inventory: () => inventoryOf(account) });
}

async function startDigitalocean(): Promise<Cloud> {
  const double = await startApiDouble(token);
  const inventory = (): Promise<readonly string[]> => Promise.resolve(double.cloud.inventory());
  return Object.assign(double, { provider: digitaloceanProvider({ url: double.url, token }), inventory });
}
