import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { StackhouseError } from "../base/errors.ts";
import { isErrno } from "../system/files.ts";
import { packageRoot } from "../system/package-root.ts";

/** What is put on a host: the agent in one file, and how systemd starts it. */
export interface AgentBundle {
  /** Version of Stackhouse. */
  readonly version: string;
  /** SHA-256 of `script` in hexadecimal: `AgentInfo.bundleDigest` of the agent that runs it. */
  readonly digest: string;
  readonly script: Uint8Array;
  /** `templates/agent/launch.sh`. */
  readonly launcher: Uint8Array;
  readonly launcherDigest: string;
  /** The systemd unit. */
  readonly unit: Uint8Array;
  readonly unitDigest: string;
}

/**
 * Reads the bundle of this build of Stackhouse.
 *
 * @param root Folder of the package. Default: the one that this module is in.
 * @throws `agent.install-failed` when the bundle was not built.
 */
export async function readBundle(root?: string): Promise<AgentBundle> {
  const folder = root ?? packageRoot();
  try {
    const [description, script, launcher, unit] = await Promise.all([
      readFile(join(folder, "package.json"), "utf8"),
      readFile(join(folder, "dist", "agent.js")),
      readFile(join(folder, "templates", "agent", "launch.sh")),
      readFile(join(folder, "templates", "agent", "stackhouse-agent.service")),
    ]);
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(description));
    return {
      version,
      ...{ script, digest: sha256(script) },
      ...{ launcher, launcherDigest: sha256(launcher) },
      ...{ unit, unitDigest: sha256(unit) },
    };
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
    throw new StackhouseError("agent.install-failed", "the host agent's bundle is not built", {
      hint: "run npm run build in the folder of Stackhouse",
      cause: error,
    });
  }
}

function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
