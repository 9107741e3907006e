import { open } from "node:fs/promises";
import { isErrno } from "../../../system/files.ts";

export function lastLines(text: string, count: number): readonly string[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  return count > 0 ? lines.slice(-count) : [];
}

/** Longest part of a log that is looked at. */
const tailBytes = 64 * 1024;

/** The last lines of a log that may be large, or not there yet. Control sequences of terminals are left out. */
export async function tailOf(path: string, count: number): Promise<readonly string[]> {
  try {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      const length = Math.min(size, tailBytes);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
      return lastLines(withoutControls(buffer.toString("utf8", 0, bytesRead)), count);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}

function withoutControls(text: string): string {
  return text
    .replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])/g, "")
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
}
