import * as z from "zod";
import { StackhouseError } from "../base/errors.ts";
import { execRequestSchema, type ExecRequest } from "./api.ts";
import { problemSchema, type Problem } from "./jobs.ts";

/**
 * What is spoken after `POST /v1/apps/:app/exec` was upgraded to `stackhouse-exec`: frames of one byte kind, four bytes length
 * (big endian) and the payload. The client's first frame is `start`; the agent's last is `exit` or `problem`.
 */
export type ExecFrame =
  | { readonly kind: "start"; readonly request: ExecRequest }
  | { readonly kind: "stdin"; readonly data: Uint8Array }
  | { readonly kind: "stdin-end" }
  | { readonly kind: "resize"; readonly columns: number; readonly rows: number }
  | { readonly kind: "stdout"; readonly data: Uint8Array }
  | { readonly kind: "stderr"; readonly data: Uint8Array }
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "problem"; readonly problem: Problem };

/** The value of the `Upgrade` header. */
export const execUpgrade = "stackhouse-exec";

/** Longest payload of a frame, bytes. Longer output is sent in more frames. */
export const maxExecPayload = 1024 * 1024;

const kinds = ["start", "stdin", "stdin-end", "resize", "stdout", "stderr", "exit", "problem"] as const;
const headerLength = 5;
const resizeSchema = z.strictObject({ columns: z.number().int().positive(), rows: z.number().int().positive() });
const exitSchema = z.strictObject({ code: z.number().int() });

export function encodeExecFrame(frame: ExecFrame): Uint8Array {
  const payload = encodePayload(frame);
  if (payload.length > maxExecPayload) throw malformed(`a frame of ${payload.length} bytes is too long`);
  const bytes = new Uint8Array(headerLength + payload.length);
  bytes[0] = kinds.indexOf(frame.kind);
  new DataView(bytes.buffer).setUint32(1, payload.length);
  bytes.set(payload, headerLength);
  return bytes;
}

/**
 * The whole frames at the start of `bytes`; `rest` is what follows them, to be put before what comes next.
 * Throws `agent.protocol` for what is no frame.
 */
export function decodeExecFrames(bytes: Uint8Array): { frames: ExecFrame[]; rest: Uint8Array } {
  const frames: ExecFrame[] = [];
  let offset = 0;
  while (bytes.length - offset >= headerLength) {
    const kind = kinds[bytes[offset] ?? -1];
    const length = new DataView(bytes.buffer, bytes.byteOffset + offset).getUint32(1);
    if (kind === undefined) throw malformed(`unknown frame kind ${bytes[offset] ?? -1}`);
    if (length > maxExecPayload) throw malformed(`a frame of ${length} bytes is too long`);
    const end = offset + headerLength + length;
    if (bytes.length < end) break;
    frames.push(decodePayload(kind, bytes.subarray(offset + headerLength, end)));
    offset = end;
  }
  return { frames, rest: bytes.subarray(offset) };
}

function encodePayload(frame: ExecFrame): Uint8Array {
  switch (frame.kind) {
    case "start":
      return json(frame.request);
    case "stdin":
    case "stdout":
    case "stderr":
      return frame.data;
    case "stdin-end":
      return new Uint8Array();
    case "resize":
      return json({ columns: frame.columns, rows: frame.rows });
    case "exit":
      return json({ code: frame.code });
    case "problem":
      return json(frame.problem);
  }
}

function decodePayload(kind: (typeof kinds)[number], payload: Uint8Array): ExecFrame {
  switch (kind) {
    case "start":
      return { kind, request: parse(execRequestSchema, kind, payload) };
    case "stdin":
    case "stdout":
    case "stderr":
      return { kind, data: payload };
    case "stdin-end":
      return { kind };
    case "resize":
      return { kind, ...parse(resizeSchema, kind, payload) };
    case "exit":
      return { kind, ...parse(exitSchema, kind, payload) };
    case "problem":
      return { kind, problem: parse(problemSchema, kind, payload) };
  }
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function parse<T>(schema: z.ZodType<T>, kind: string, payload: Uint8Array): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(payload));
  } catch (error) {
    throw malformed(`the ${kind} frame is not JSON`, error);
  }
  const result = schema.safeParse(value);
  if (!result.success) throw malformed(`the ${kind} frame is not valid: ${z.prettifyError(result.error)}`);
  return result.data;
}

function malformed(what: string, cause?: unknown): StackhouseError {
  return new StackhouseError("agent.protocol", `exec stream: ${what}`, { cause });
}
