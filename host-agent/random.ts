import { readFile } from "node:fs/promises";

/**
 * A random UUID, from the kernel. An agent may have been cloned with the memory of its VM: the generators of Node.js and V8 go on alike in
 * all clones, the kernel's does not. The lint rules keep the others out of all that is ours in its bundle.
 */
export async function randomUuid(): Promise<string> {
  return (await readFile("/proc/sys/kernel/random/uuid", "ascii")).trim();
}
