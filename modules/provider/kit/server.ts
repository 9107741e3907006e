import type { ServerUnaryCall, UntypedServiceImplementation, handleUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { StackhouseError } from "../../base/errors.ts";
import { decode, encode, type Decoded } from "./codec.ts";
import { EngineLog } from "./engine-log.ts";
import { RpcFailure } from "./errors.ts";
import { InFlight } from "./in-flight.ts";
import { operator } from "./operations.ts";
import { checkReply, diffReply } from "./replies.ts";
import type { Call, Remembered, Resource } from "./resource.ts";
import type { Properties } from "./values.ts";

/** A provider: what it is called and what it can make. */
export interface ProviderDefinition {
  /** Package name: `stackhouse`. */
  readonly name: string;
  readonly version: string;
  readonly resources: readonly Resource[];
  /** Takes the provider's configuration; nothing may be dialled here. */
  configure?(config: Properties): Promise<void>;
  /** Functions by token, as `aws:ec2/getSubnet:getSubnet`. */
  readonly functions?: Readonly<Record<string, ProviderFunction>>;
}

export type ProviderFunction = (args: Properties, call: Pick<Call, "signal" | "progress">) => Promise<Properties>;

const functionDeadlineMs = 120_000;

export interface ProviderService {
  readonly handlers: UntypedServiceImplementation;
  /** Hangs up on the engine. */
  close(): void;
}

/** The provider protocol on top of resources: https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto */
export function providerService(definition: ProviderDefinition): ProviderService {
  const log = new EngineLog();
  const inFlight = new InFlight();
  const operate = operator(definition.resources, log, inFlight);

  const handlers: UntypedServiceImplementation = {
    handshake: unary((request: provider.ProviderHandshakeRequest) => {
      log.connect(request.getEngineAddress());
      const reply = new provider.ProviderHandshakeResponse();
      reply.setAcceptSecrets(true);
      reply.setAcceptResources(true);
      return reply;
    }),

    attach: unary((request: plugin.PluginAttach) => {
      log.connect(request.getAddress());
      return new empty.Empty();
    }),

    getPluginInfo: unary(() => {
      const reply = new plugin.PluginInfo();
      reply.setVersion(definition.version);
      return reply;
    }),

    getSchema: unary(() => {
      const reply = new provider.GetSchemaResponse();
      reply.setSchema(JSON.stringify({ name: definition.name, version: definition.version }));
      return reply;
    }),

    checkConfig: unary((request: provider.CheckRequest) => {
      const reply = new provider.CheckResponse();
      reply.setInputs(request.getNews());
      return reply;
    }),

    diffConfig: unary(() => {
      const reply = new provider.DiffResponse();
      reply.setChanges(provider.DiffResponse.DiffChanges.DIFF_NONE);
      return reply;
    }),

    configure: unary(async (request: provider.ConfigureRequest) => {
      await definition.configure?.(decode(request.getArgs()).values);
      const reply = new provider.ConfigureResponse();
      reply.setAcceptsecrets(true);
      reply.setAcceptresources(true);
      reply.setSupportspreview(true);
      return reply;
    }),

    invoke: unary(async (request: provider.InvokeRequest) => {
      const token = request.getTok();
      const called = definition.functions?.[token];
      if (called === undefined) throw new StackhouseError("input.invalid", `${definition.name} has no ${token}`);
      const progress = log.row("");
      const args = decode(request.getArgs()).values;
      const result = await inFlight
        .run(token, functionDeadlineMs, (signal) => called(args, { signal, progress }))
        .finally(() => progress.settled());
      const reply = new provider.InvokeResponse();
      reply.setReturn(encode(result, []));
      return reply;
    }),

    check: unary((request: provider.CheckRequest) => {
      const news = decode(request.getNews());
      const previous = request.hasOlds() ? decode(request.getOlds()).values : undefined;
      return operate({ kind: "check", urn: request.getUrn(), sources: [news] }, async ({ resource, call, secrets }) =>
        checkReply(await resource.check(previous, news.values, call), secrets),
      );
    }),

    diff: unary((request: provider.DiffRequest) => {
      const state = remembered(request.getId(), decode(request.getOldInputs()), decode(request.getOlds()));
      const news = decode(request.getNews());
      return operate({ kind: "diff", urn: request.getUrn(), sources: [] }, async ({ resource, call }) =>
        diffReply(await resource.diff(state, news.values, call)),
      );
    }),

    create: unary((request: provider.CreateRequest) => {
      const inputs = decode(request.getProperties());
      return operate(
        { kind: "create", ...common(request), preview: request.getPreview(), sources: [inputs] },
        async ({ resource, call, secrets }) => {
          const made = await resource.create(inputs.values, call);
          const reply = new provider.CreateResponse();
          reply.setId(made.id);
          reply.setProperties(encode(made.outputs, secrets));
          return reply;
        },
      );
    }),

    read: unary((request: provider.ReadRequest) => {
      const inputs = decode(request.getInputs());
      const outputs = decode(request.getProperties());
      const state = remembered(request.getId(), inputs, outputs);
      return operate(
        { kind: "read", ...common(request), sources: [inputs, outputs] },
        async ({ resource, call, secrets }) => {
          const found = await resource.read(state, call);
          const reply = new provider.ReadResponse();
          if (found === undefined) return reply;
          reply.setId(found.id);
          reply.setInputs(encode(found.inputs, secrets));
          reply.setProperties(encode(found.outputs, secrets));
          return reply;
        },
      );
    }),

    update: unary((request: provider.UpdateRequest) => {
      const inputs = decode(request.getNews());
      const state = remembered(request.getId(), decode(request.getOldInputs()), decode(request.getOlds()));
      return operate(
        { kind: "update", ...common(request), preview: request.getPreview(), sources: [inputs] },
        async ({ resource, call, secrets }) => {
          const outputs = await resource.update(state, inputs.values, call);
          const reply = new provider.UpdateResponse();
          reply.setProperties(encode(outputs, secrets));
          return reply;
        },
      );
    }),

    delete: unary((request: provider.DeleteRequest) => {
      const state = remembered(request.getId(), decode(request.getOldInputs()), decode(request.getProperties()));
      return operate({ kind: "delete", ...common(request), sources: [] }, async ({ resource, call }) => {
        await resource.delete(state, call);
        return new empty.Empty();
      });
    }),

    cancel: unary(() => {
      inFlight.cancelAll();
      return new empty.Empty();
    }),
  };
  return {
    handlers,
    close: () => {
      log.close();
    },
  };
}

function common(request: { getUrn(): string; getTimeout(): number }): { urn: string; timeoutSeconds: number } {
  return { urn: request.getUrn(), timeoutSeconds: request.getTimeout() };
}

function remembered(id: string, inputs: Decoded, outputs: Decoded): Remembered {
  return { id, inputs: inputs.values, outputs: outputs.values };
}

/** A promise as a gRPC handler. Whatever is thrown reaches the engine as a text, never as a lost call. */
function unary<Request, Reply>(handler: (request: Request) => Reply | Promise<Reply>): handleUnaryCall<Request, Reply> {
  const answer = async (request: Request): Promise<Reply> => handler(request);
  return (call: ServerUnaryCall<Request, Reply>, callback: sendUnaryData<Reply>): void => {
    answer(call.request).then(
      (reply) => {
        callback(null, reply);
      },
      (error: unknown) => {
        callback(error instanceof RpcFailure ? error : new RpcFailure(error));
      },
    );
  };
}
