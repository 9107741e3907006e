import { Metadata, status } from "@grpc/grpc-js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import rpcStatus from "@pulumi/pulumi/proto/status_pb.js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import { StackhouseError, isStackhouseError, messageOf } from "../../base/errors.ts";
import { encode } from "./codec.ts";
import type { Path, Properties } from "./values.ts";

/**
 * Something was made but does not work yet: the engine saves it with its error, and the next `up` calls update to finish it.
 * Throw this instead of the plain error whenever a create or an update leaves a thing behind.
 */
export class InitFailed extends Error {
  override readonly name = "InitFailed";
  readonly id: string;
  readonly outputs: Properties;

  constructor(id: string, outputs: Properties, cause: unknown) {
    super(messageOf(cause), { cause });
    this.id = id;
    this.outputs = outputs;
  }
}

/** An error in the shape that gRPC sends: what the engine shows is `details`. */
export class RpcFailure extends Error {
  readonly code = status.UNKNOWN;
  readonly details: string;
  readonly metadata = new Metadata();

  constructor(error: unknown, secrets: readonly Path[] = []) {
    const details = screenOf(error instanceof InitFailed ? error.cause : error);
    super(details, { cause: error });
    this.details = details;
    if (error instanceof InitFailed) this.metadata.add("grpc-status-details-bin", initFailure(error, details, secrets));
  }
}

/** The engine looks for this in the trailing metadata, where gRPC's richer error model puts it. */
function initFailure(error: InitFailed, reason: string, secrets: readonly Path[]): Buffer {
  const detail = new provider.ErrorResourceInitFailed();
  detail.setId(error.id);
  detail.setProperties(encode(error.outputs, secrets));
  detail.setReasonsList([reason]);
  const packed = new any.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const rich = new rpcStatus.Status();
  rich.setCode(status.UNKNOWN);
  rich.setMessage(reason);
  rich.addDetails(packed);
  return Buffer.from(rich.serializeBinary());
}

/** An error as the user reads it: it fits a screen, the end of the evidence kept. */
function screenOf(error: unknown): string {
  if (!isStackhouseError(error)) return messageOf(error);
  const details = error.details.slice(-maxDetails);
  return new StackhouseError(error.code, error.message, { hint: error.hint, details }).format();
}
const maxDetails = 24;

/**
 * What an interrupted call says: code below it may throw anything when the signal aborts, the user is told why it did and
 * how far the call was.
 */
export function explainInterruption(error: unknown, signal: AbortSignal, lastStatus: string): unknown {
  if (!signal.aborted || !isStackhouseError(signal.reason)) return error;
  if (error instanceof InitFailed) {
    return new InitFailed(error.id, error.outputs, explainInterruption(error.cause, signal, lastStatus));
  }
  if (isStackhouseError(error) && error.code !== "cancelled" && error.code !== "deadline") return error;
  const { code, message, hint } = signal.reason;
  const details = [
    ...(isStackhouseError(error) ? error.details : []),
    ...(lastStatus === "" ? [] : [`it was at: ${lastStatus}`]),
  ];
  return new StackhouseError(code, message, { hint, details, cause: error });
}
