import { credentials, Server, ServerCredentials, type ServiceError } from "@grpc/grpc-js";
import engine from "@pulumi/pulumi/proto/engine_pb.js";
import engineRpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import providerRpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import rpcStatus from "@pulumi/pulumi/proto/status_pb.js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type struct from "google-protobuf/google/protobuf/struct_pb.js";
import { decode, encode, type Decoded } from "../../../modules/provider/kit/codec.ts";
import { serve } from "../../../modules/provider/kit/serve.ts";
import type { ProviderDefinition } from "../../../modules/provider/kit/server.ts";
import type { Path, Properties } from "../../../modules/provider/kit/values.ts";

export interface Logged {
  readonly urn: string;
  readonly message: string;
  readonly severity: "info" | "warning" | "other";
  readonly ephemeral: boolean;
}

/** A provider as an engine sees it: over gRPC, with an engine's log behind it. */
export interface Wire extends AsyncDisposable {
  readonly log: readonly Logged[];
  readonly client: providerRpc.ResourceProviderClient;
  call<Reply>(method: string, request: object): Promise<Reply>;
}

export async function connectWire(definition: ProviderDefinition): Promise<Wire> {
  const log: Logged[] = [];
  const fakeEngine = new Server();
  fakeEngine.addService(engineRpc.EngineService, {
    log: (call: { request: engine.LogRequest }, callback: (error: null, reply: empty.Empty) => void): void => {
      const severity = call.request.getSeverity();
      log.push({
        urn: call.request.getUrn(),
        message: call.request.getMessage(),
        severity:
          severity === engine.LogSeverity.INFO ? "info" : severity === engine.LogSeverity.WARNING ? "warning" : "other",
        ephemeral: call.request.getEphemeral(),
      });
      callback(null, new empty.Empty());
    },
  });
  const enginePort = await new Promise<number>((resolve, reject) => {
    fakeEngine.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
  const serving = await serve(definition);
  const client = new providerRpc.ResourceProviderClient(`127.0.0.1:${serving.port}`, credentials.createInsecure());
  const call = <Reply>(method: string, request: object): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const stub = (
        client as unknown as Record<
          string,
          (request: object, done: (error: ServiceError | null, reply: Reply) => void) => void
        >
      )[method];
      stub?.call(client, request, (error, reply) => (error === null ? resolve(reply) : reject(error)));
    });
  const attach = new plugin.PluginAttach();
  attach.setAddress(`127.0.0.1:${enginePort}`);
  await call("attach", attach);
  return {
    log,
    client,
    call,
    async [Symbol.asyncDispose]() {
      client.close();
      await serving[Symbol.asyncDispose]();
      fakeEngine.forceShutdown();
    },
  };
}

export function urnOf(type: string, name: string): string {
  return `urn:pulumi:dev::shop::${type}::${name}`;
}

/** What the engine sends: values with the secrets among them marked. */
export function wireOf(values: Properties, secrets: readonly Path[] = []): struct.Struct {
  return encode(values, secrets);
}

export function valuesOf(wire: struct.Struct | undefined): Decoded {
  return decode(wire);
}

/** The state that a failed create or update asks the engine to save. */
export function savedState(error: unknown): { id: string; outputs: Decoded; reasons: readonly string[] } | undefined {
  const [bytes] = (error as ServiceError).metadata.get("grpc-status-details-bin");
  if (!Buffer.isBuffer(bytes)) return undefined;
  const [detail] = rpcStatus.Status.deserializeBinary(bytes).getDetailsList();
  const failed = detail?.unpack(
    (data: Uint8Array) => provider.ErrorResourceInitFailed.deserializeBinary(data),
    "pulumirpc.ErrorResourceInitFailed",
  );
  if (failed === undefined || failed === null || !(detail instanceof any.Any)) return undefined;
  return { id: failed.getId(), outputs: decode(failed.getProperties()), reasons: failed.getReasonsList() };
}
