export type RuntimeErrorKind =
  /** The container, image, network or volume is not there. */
  | "not-found"
  /** Something that is not ours, or differs from what is wanted, has the name. */
  | "conflict"
  | "port-taken"
  /** The engine does not answer. */
  | "unavailable"
  | "image-not-found"
  | "image-access-denied"
  | "image-pull-failed"
  | "disk-full"
  | "start-failed"
  /** The host has no driver for the devices that are asked for. */
  | "device-missing"
  /** The stack file asks for what this engine's version does not have. */
  | "unsupported"
  | "deadline"
  | "internal";

/** What a runtime backend throws, whatever the engine said. */
export class RuntimeError extends Error {
  override readonly name = "RuntimeError";
  readonly kind: RuntimeErrorKind;

  constructor(kind: RuntimeErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
