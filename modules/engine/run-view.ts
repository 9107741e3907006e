/** What is done to a resource, as a person says it. A replacement is one operation with phases, not several. */
export type Operation = "same" | "create" | "update" | "replace" | "delete" | "read" | "refresh" | "import" | "forget";

export type Severity = "info" | "warning" | "error";

/** A message that stays in the record of the run. */
export interface Diagnostic {
  readonly severity: Severity;
  /** Plain text, one or more lines, without colour codes. */
  readonly message: string;
  /** The resource that it is about; undefined for the run as a whole. */
  readonly urn?: string;
}

/** One changed property, as the provider's detailed diff names it. */
export interface PropertyChange {
  /** Path in the resource's properties: `services["web"].image`. */
  readonly path: string;
  readonly kind: "add" | "delete" | "update";
  /** This change alone needs a replacement. */
  readonly replaces: boolean;
  /** JSON values; undefined where there is none, `[secret]` for secrets, `[unknown]` until the value is known. */
  readonly before?: unknown;
  readonly after?: unknown;
}

/** One line of the display: a resource and what happens to it. */
export interface Row {
  readonly urn: string;
  /** The resource's name in the program. */
  readonly name: string;
  /** Type token: `stackhouse:index:Vm`. */
  readonly type: string;
  /** A component only groups its children: nothing is done for it itself. */
  readonly kind: "resource" | "component";
  /** URN of the parent row; undefined for the Pulumi stack itself. */
  readonly parent?: string;
  readonly op: Operation;
  /** Which part of a replacement runs; undefined outside one. */
  readonly phase?: "create-replacement" | "delete-replaced";
  readonly state: "running" | "done" | "failed";
  /** Milliseconds since the Unix epoch, from the engine's events (whole seconds). */
  readonly startedAt: number;
  readonly endedAt?: number;
  /** Latest ephemeral text, `waiting for ssh 12 s`; empty when there is none. */
  readonly status: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly changes: readonly PropertyChange[];
  /** Its outputs once it is done; secrets are `[secret]`. A Pulumi stack's are those of the program. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Why a half-made resource is finished by this run: the errors saved with it. */
  readonly initErrors: readonly string[];
}

export interface Summary {
  /** How many resources by operation; a kind that is not there did not happen. */
  readonly counts: Readonly<Partial<Record<Operation, number>>>;
  /** Anything but `same` and `read`. */
  readonly changed: boolean;
  readonly durationSeconds: number;
}

/** A run of the engine as its display shows it. Rows are in order of first appearance. */
export interface RunView {
  readonly kind: "preview" | "run";
  readonly rows: readonly Row[];
  /** Messages of the run as a whole. */
  readonly diagnostics: readonly Diagnostic[];
  readonly summary?: Summary;
}
