import { Server, ServerCredentials } from "@grpc/grpc-js";
import providerRpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { channelOptions } from "./channel.ts";
import { providerService, type ProviderDefinition } from "./server.ts";

export interface Serving extends AsyncDisposable {
  readonly port: number;
}

/** Serves a provider on a free port of the loopback address, until disposed. */
export async function serve(definition: ProviderDefinition): Promise<Serving> {
  const server = new Server(channelOptions);
  const service = providerService(definition);
  server.addService(providerRpc.ResourceProviderService, service.handlers);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    port,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => {
        server.tryShutdown(() => {
          resolve();
        });
      });
      service.close();
    },
  };
}
