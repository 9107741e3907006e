import { readFileSync, statSync } from "node:fs";
import { messageOf, StackhouseError } from "../base/errors.ts";
import { isErrno } from "./files.ts";

/** Files that people write are far smaller; what is larger was named by mistake. */
const mostBytes = 100_000_000;

/**
 * The text of a file; undefined where it does not exist.
 *
 * @throws `input.invalid` for what is there and is no text that this user can read: a folder, a device, links in a ring, bytes that are
 * not UTF-8
 */
export function readTextFile(path: string): string | undefined {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) throw unreadable(path, stats.isDirectory() ? "it is a folder" : "it is no ordinary file");
    if (stats.size > mostBytes) throw unreadable(path, `it has more than ${mostBytes / 1_000_000} MB`);
    return textOf(path, readFileSync(path));
  } catch (error) {
    if (isErrno(error, "ENOENT") || isErrno(error, "ENOTDIR")) return undefined;
    if (error instanceof StackhouseError) throw error;
    throw unreadable(path, reasonOf(error), error);
  }
}

/**
 * The text in bytes that came from a path.
 *
 * @throws `input.invalid` for what is not UTF-8
 */
export function textOf(path: string, bytes: Uint8Array): string {
  try {
    // A byte order mark stays: places are counted from the beginning of the file.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw unreadable(path, whatItIs(bytes), error);
  }
}

/** Where bytes stop to be UTF-8; what begins with the mark of another encoding is named. */
function whatItIs(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return "it is UTF-16: save it as UTF-8";
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const at = firstBroken(text, bytes);
  const lines = text.slice(0, at).split("\n");
  return `it is not text in UTF-8 at line ${lines.length}, column ${(lines.at(-1) ?? "").length + 1}`;
}

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

function reasonOf(error: unknown): string {
  if (isErrno(error, "EACCES") || isErrno(error, "EPERM")) return "this user is not allowed to";
  if (isErrno(error, "ELOOP")) return "its links lead back to themselves";
  if (isErrno(error, "ENAMETOOLONG")) return "its name is too long";
  if (isErrno(error, "ERR_INVALID_ARG_VALUE")) return "its name has a NUL in it";
  return messageOf(error);
}

function unreadable(path: string, reason: string, cause?: unknown): StackhouseError {
  return new StackhouseError("input.invalid", `${shortened(path)} cannot be read: ${reason}`, {
    hint: "name a text file that this user may read",
    cause,
  });
}

function shortened(path: string): string {
  return path.length > 200 ? `${path.slice(0, 200)}…` : path;
}
