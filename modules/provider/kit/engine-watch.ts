import { connectivityState, credentials } from "@grpc/grpc-js";
import engineRpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import { channelOptions } from "./channel.ts";

/** How long an engine may be out of reach before it counts as gone, milliseconds. */
const patienceMs = 5_000;

/**
 * Resolves when the engine that started us is gone. An engine that was killed cannot stop its providers; one that works on
 * for nobody would hold the locks of the next run.
 */
export async function untilEngineIsGone(address: string): Promise<void> {
  const client = new engineRpc.EngineClient(address, credentials.createInsecure(), channelOptions);
  try {
    while (await isReachable(client)) await untilDisconnected(client);
  } finally {
    client.close();
  }
}

function isReachable(client: engineRpc.EngineClient): Promise<boolean> {
  return new Promise((resolve) => {
    client.waitForReady(Date.now() + patienceMs, (error) => {
      resolve(error === undefined);
    });
  });
}

function untilDisconnected(client: engineRpc.EngineClient): Promise<void> {
  return new Promise((resolve) => {
    client.getChannel().watchConnectivityState(connectivityState.READY, Infinity, () => {
      resolve();
    });
  });
}
