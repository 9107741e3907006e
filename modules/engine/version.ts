/** The engine that we install: the newest whose Go modules resolve; its language host comes from an older SDK, see tools/engine. */
export const engineVersion = "3.259.0";

/** Since then events come over gRPC, in order; before, they are tailed from a file. */
export const oldestVersion = "3.206.0";

/** Go switches to the toolchain that a module asks for since this release. Source: go.dev/doc/toolchain. */
export const oldestGo = "1.21";

/** Compares dotted versions number by number; what follows the numbers (`-rc.1`) does not count. */
export function isAtLeast(version: string, oldest: string): boolean {
  const [found, wanted] = [numbers(version), numbers(oldest)];
  for (let index = 0; index < Math.max(found.length, wanted.length); index += 1) {
    const difference = (found[index] ?? 0) - (wanted[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function numbers(version: string): readonly number[] {
  return (/\d+(?:\.\d+)*/u.exec(version)?.[0] ?? "0").split(".").map(Number);
}
