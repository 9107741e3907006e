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
