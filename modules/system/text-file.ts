import { accessSync, constants, readFileSync, type Stats, statSync } from "node:fs";
import { devNull } from "node:os";
import { messageOf, StackhouseError } from "../base/errors.ts";
import { isErrno } from "./files.ts";

/** Files that people write are far smaller; what is larger was named by mistake. */
const mostBytes = 100_000_000;

/** What there is at a path. */
export type FileFound =
  | { readonly kind: "file" }
  | { readonly kind: "missing" }
  /** `reason` is for programs. */
  | { readonly kind: "unreadable"; readonly why: string; readonly reason?: string; readonly cause?: unknown };

/** Whether there is an ordinary file at a path which this user may read. It is not read: a device or a pipe may have no end. */
export function findFile(path: string): FileFound {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) return { kind: "unreadable", why: "it is a folder", reason: "folder" };
    if (!stats.isFile() && !isNullDevice(stats)) return { kind: "unreadable", why: "it is no ordinary file" };
    if (stats.size > mostBytes) return { kind: "unreadable", why: `it has more than ${mostBytes / 1_000_000} MB` };
    accessSync(path, constants.R_OK);
    return { kind: "file" };
  } catch (error) {
    if (isErrno(error, "ENOENT") || isErrno(error, "ENOTDIR")) return { kind: "missing" };
    return { kind: "unreadable", ...reasonOf(error), cause: error };
  }
}

/** What people name who want no file where one is read by default: it has no text. */
function isNullDevice(stats: Stats): boolean {
  return stats.isCharacterDevice() && stats.rdev === statSync(devNull).rdev;
}

/**
 * The text of a file; undefined where it does not exist.
 *
 * @throws `input.invalid` for what is there and is no text that this user can read: a folder, a device, links in a ring, bytes that are
 * not UTF-8
 */
export function readTextFile(path: string): string | undefined {
  const found = findFile(path);
  switch (found.kind) {
    case "missing":
      return undefined;
    case "unreadable": {
      const { why, reason, cause } = found;
      throw unreadable(path, why, { data: reason === undefined ? {} : { reason }, cause });
    }
    case "file":
      return textOf(path, readWithoutWaiting(path));
  }
}

/** Of what the kernel makes as it is read, as /proc/kmsg, there may be nothing yet. */
function readWithoutWaiting(path: string): Buffer {
  try {
    return readFileSync(path, { flag: constants.O_RDONLY | constants.O_NONBLOCK });
  } catch (error) {
    const { why, ...data } = reasonOf(error);
    throw unreadable(path, why, { data, cause: error });
  }
}

/**
 * The text in bytes that came from a path.
 *
 * @throws `input.invalid` for what is not UTF-8
 */
export function textOf(path: string, bytes: Uint8Array): string {
  const noUtf8 = (cause?: unknown): StackhouseError => {
    const { text, ...place } = whatItIs(bytes);
    return unreadable(path, text, { data: { reason: "not-text", ...place }, hint: "save it as UTF-8", cause });
  };
  if (isUnmarkedUtf16(bytes)) throw noUtf8();
  try {
    // A byte order mark stays: places are counted from the beginning of the file.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw noUtf8(error);
  }
}

const looked = 4_096;

/** Half of the bytes of plain letters are NUL in it, all of them on one side; a text in UTF-8 has none. */
function isUnmarkedUtf16(bytes: Uint8Array): boolean {
  const beginning = bytes.subarray(0, looked);
  if (!beginning.includes(0)) return false;
  const nuls = [0, 0];
  beginning.forEach((byte, index) => {
    if (byte === 0) nuls[index % 2] = (nuls[index % 2] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = nuls;
  return Math.min(even, odd) === 0 && Math.max(even, odd) > Math.max(1, beginning.length / 4);
}

/** Where bytes stop to be UTF-8; what begins with the mark of another encoding is named. */
function whatItIs(bytes: Uint8Array): { readonly text: string; readonly line: number; readonly column: number } {
  const other = otherEncodings.find(([, mark]) => mark.every((byte, index) => bytes[index] === byte));
  if (other !== undefined) return { text: `it is ${other[0]}`, line: 1, column: 1 };
  if (isUnmarkedUtf16(bytes)) return { text: "it is UTF-16 without a byte order mark", line: 1, column: 1 };
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const at = firstBroken(text, bytes);
  const lines = text.slice(0, at).split("\n");
  const [line, column] = [lines.length, (lines.at(-1) ?? "").length + 1];
  return { text: `it is not text in UTF-8 at line ${line}, column ${column}`, line, column };
}

/** By their byte order marks; that of UTF-32 begins with that of UTF-16. */
const otherEncodings: readonly (readonly [name: string, mark: readonly number[]])[] = [
  ["UTF-32", [0xff, 0xfe, 0, 0]],
  ["UTF-32", [0, 0, 0xfe, 0xff]],
  ["UTF-16", [0xff, 0xfe]],
  ["UTF-16", [0xfe, 0xff]],
];

/** A replacement character that is none of the file's own. */
function firstBroken(text: string, bytes: Uint8Array): number {
  let byte = 0;
  for (let at = 0; at < text.length;) {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    const own = [0xef, 0xbf, 0xbd].every((part, index) => bytes[byte + index] === part);
    if (character === "\ufffd" && !own) return at;
    byte += Buffer.byteLength(character);
    at += character.length;
  }
  return text.length;
}

/** Whether there is a folder at a path. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function reasonOf(error: unknown): { readonly why: string; readonly reason?: string } {
  if (isErrno(error, "EACCES") || isErrno(error, "EPERM"))
    return { why: "this user is not allowed to", reason: "not-allowed" };
  if (isErrno(error, "ELOOP")) return { why: "its links lead back to themselves", reason: "link-loop" };
  if (isErrno(error, "ENAMETOOLONG")) return { why: "its name is too long" };
  if (isErrno(error, "ERR_INVALID_ARG_VALUE")) return { why: "its name has a NUL in it" };
  return { why: messageOf(error) };
}

function unreadable(
  path: string,
  why: string,
  more: ConstructorParameters<typeof StackhouseError>[2],
): StackhouseError {
  return new StackhouseError("input.invalid", `${shortened(path)} cannot be read: ${why}`, {
    hint: "name a text file that this user may read",
    ...more,
  });
}

function shortened(path: string): string {
  return path.length > 200 ? `${path.slice(0, 200)}…` : path;
}
