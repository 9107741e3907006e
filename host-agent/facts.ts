import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import os from "node:os";
import { pipeline } from "node:stream/promises";
import type { AgentInfo } from "../modules/protocol/api.ts";

/** What the host is, as the kernel and the distribution say. */
export async function hostFacts(): Promise<AgentInfo["facts"]> {
  return {
    architecture: os.machine(),
    cpus: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    os: await distribution(),
    kernel: os.release(),
  };
}

/** Source: https://www.freedesktop.org/software/systemd/man/latest/os-release.html */
async function distribution(): Promise<string> {
  const text = await readFile("/etc/os-release", "utf8").catch(() => ""); // Optional by its specification.
  const [, name] = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(text) ?? [];
  return name ?? os.type();
}

/** SHA-256 of a file, in hexadecimal. */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
