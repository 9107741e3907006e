/** Longer words are no typing errors of others, and among more candidates any word is close to one. */
const longest = 64;
const mostCandidates = 1_000;

/** The candidate that a misspelt word most likely stands for; undefined where none is close. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > longest) return undefined;
  // One letter more or less makes any other word of a word of two.
  let limit = word.length < 3 ? 0 : Math.floor(word.length / 3);
  const meant = simplify(word);
  let best: string | undefined;
  let looked = 0;
  for (const candidate of candidates) {
    if (++looked > mostCandidates || limit < 0) break;
    if (Math.abs(candidate.length - word.length) > limit) continue;
    const distance = editDistance(meant, simplify(candidate), limit);
    if (distance === undefined) continue;
    best = candidate;
    // What comes later must be closer.
    limit = distance - 1;
  }
  return best;
}

function simplify(word: string): string {
  return word.toLowerCase().replaceAll("-", "_");
}

/**
 * Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment); undefined where they are more than the
 * limit. What both begin or end with costs nothing.
 */
function editDistance(one: string, other: string, limit: number): number | undefined {
  const [a, b] = withoutCommonEnds(one, other);
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
      least = Math.min(least, cost);
    }
    // A swap goes on from the row before the last.
    if (least > limit && Math.min(...last) > limit) return undefined;
    beforeLast = last;
    last = row;
  }
  const distance = last[b.length] ?? 0;
  return distance <= limit ? distance : undefined;
}

function withoutCommonEnds(a: string, b: string): readonly [string, string] {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start++;
  let end = 0;
  while (end < shorter - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  return [a.slice(start, a.length - end), b.slice(start, b.length - end)];
}
