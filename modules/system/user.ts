import { userInfo } from "node:os";

/** Who runs this, as people call them; a user of a container may have no name, but always a number. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "unknown");
  }
}
