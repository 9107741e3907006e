import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProviderDefinition } from "../../../modules/provider/kit/server.ts";
import type { Home } from "../../../modules/system/home.ts";
import { whyNoVms } from "../vm.ts";
import { inventoryOf, instancesOf, terminate } from "./aws/account.ts";
import { machinesOf as instancesAsMachines } from "./aws/machines.ts";
import { awsProvider } from "./aws/provider.ts";
import { startApiDouble } from "./digitalocean/api-double.ts";
import { machinesOf as dropletsAsMachines } from "./digitalocean/machines.ts";
import { digitaloceanProvider } from "./digitalocean/provider.ts";
import { findMachineImage, type MachineImage } from "./machines/image.ts";
import { followCloud, type MachineRoom } from "./machines/room.ts";
import { findMoto } from "./moto-install.ts";
import { startMoto } from "./moto.ts";

/** An emulated cloud whose machines are VMs of this machine. */
export interface MachineCloud extends AsyncDisposable {
  readonly provider: ProviderDefinition;
  readonly room: MachineRoom;
  /** All that is in the account. */
  inventory(): Promise<readonly string[]>;
  /** Ends every machine as somebody does at the cloud's console. */
  endMachines(): Promise<void>;
}

type Start = (image: MachineImage) => Promise<MachineCloud>;

/** How a cloud is started, or why it cannot be on this machine. `npm test` makes what is missing. */
export async function findMachineCloud(
  name: "aws" | "digitalocean",
  home: Home,
): Promise<{ start: () => Promise<MachineCloud> } | { reason: string }> {
  const noVms = await whyNoVms();
  if (noVms !== undefined) return { reason: noVms };
  if (process.getuid?.() !== 0) return { reason: "port 22 of a loopback address for each machine needs root" };
  const image = await findMachineImage(home);
  if (image === undefined) return { reason: "the image of cloud machines is not there" };
  if (name === "digitalocean") return { start: () => startDigitalocean(image) };
  const moto = await findMoto(home);
  return "reason" in moto ? moto : { start: () => startAws(moto.python)(image) };
}

function startAws(python: string): Start {
  return async (image) => {
    const account = await startMoto(python);
    const room = followCloud(image, await freshFolder("aws"), () => instancesAsMachines(account));
    return {
      room,
      provider: awsProvider(account),
      inventory: () => inventoryOf(account),
      async endMachines() {
        for (const { InstanceId = "" } of await instancesOf(account)) await terminate(account, InstanceId);
      },
      async [Symbol.asyncDispose]() {
        await room[Symbol.asyncDispose]();
        await account[Symbol.asyncDispose]();
      },
    };
  };
}

const token = "dop_v1_test";

const startDigitalocean: Start = async (image) => {
  const { url, cloud, ...double } = await startApiDouble(token);
  const look = () => Promise.resolve(dropletsAsMachines(cloud));
  const room = followCloud(image, await freshFolder("digitalocean"), look);
  return {
    room,
    provider: digitaloceanProvider({ url, token }),
    inventory: () => Promise.resolve(cloud.inventory()),
    endMachines() {
      for (const id of cloud.droplets.keys()) cloud.deleteDroplet(id);
      cloud.settle();
      return Promise.resolve();
    },
    async [Symbol.asyncDispose]() {
      await room[Symbol.asyncDispose]();
      await double[Symbol.asyncDispose]();
    },
  };
};

function freshFolder(cloud: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `stackhouse-${cloud}-`));
}
