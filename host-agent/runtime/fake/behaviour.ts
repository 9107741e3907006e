import type { ContainerSpec } from "../port.ts";

/** What a fake container does once it is started. Everything absent: it runs for ever, says nothing, has no health. */
export interface Behaviour {
  /** Ends by itself. `afterMs` on the fake's clock, default 0. */
  readonly exit?: { readonly code: number; readonly afterMs?: number };
  /** How its health check turns out, where the service has one. Default: healthy at once. */
  readonly health?: { readonly state: "healthy" | "unhealthy"; readonly afterMs?: number; readonly output?: string };
  /** The engine refuses to start it, with this message. */
  readonly startError?: string;
  /** The engine is too old for its definition, and says this. */
  readonly unsupported?: string;
  /** Lines that it writes at its start. */
  readonly prints?: readonly { readonly stream: "stdout" | "stderr"; readonly line: string }[];
  /** Answers a command that is run in it. Default: exit code 0, no output. */
  readonly exec?: (request: { command: readonly string[]; input: string; spec: ContainerSpec }) => ExecOutcome;
}

export interface ExecOutcome {
  readonly exitCode: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** Behaviours by service name or by image reference; the service wins. */
export interface Behaviours {
  readonly services?: Readonly<Record<string, Behaviour>>;
  readonly images?: Readonly<Record<string, Behaviour>>;
}

export function behaviourOf(behaviours: Behaviours, service: string, image: string | undefined): Behaviour {
  return behaviours.services?.[service] ?? behaviours.images?.[image ?? ""] ?? {};
}
