/** Longest series of looks; each makes what is known of the clock more exact, or shows that it is wrong. */
const mostLooks = 30;

/**
 * How far a clock may be off at most, milliseconds, by looks at it. It was looked at some time between question and answer, so each look
 * says between what bounds the difference lies, and all of them together say it more exactly. Looks until the clock is known to be right to
 * `wantedMs`, or not to be.
 */
export async function clockSkewMs(look: () => Promise<number>, wantedMs: number): Promise<number> {
  let least = Number.NEGATIVE_INFINITY;
  let most = Number.POSITIVE_INFINITY;
  for (let looks = 0; looks < mostLooks; looks += 1) {
    const asked = Date.now();
    const seen = await look();
    least = Math.max(least, seen - Date.now());
    most = Math.min(most, seen - asked);
    const isRight = Math.max(Math.abs(least), Math.abs(most)) < wantedMs;
    const isWrong = least >= wantedMs || most <= -wantedMs;
    if (isRight || isWrong) break;
  }
  return Math.max(Math.abs(least), Math.abs(most));
}
