// Counts of several jest runs as one result.

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */
/**
 * What `jest --json` writes. A suite that does not load has no tests to count.
 * @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numRuntimeErrorTestSuites: number }} Report
 */

/** @type {Counts} */
export const none = { passed: 0, failed: 0, skipped: 0 };

/**
 * The counts with those of one more run. A run that failed in another way than by its tests counts as one failure.
 * @param {Counts} counts
 * @param {{ report: Report | undefined, exitCode: number }} run
 * @returns {Counts}
 */
export function withRun({ passed, failed, skipped }, { report, exitCode }) {
  if (report === undefined) return { passed, failed: failed + 1, skipped };
  const failures = report.numFailedTests + report.numRuntimeErrorTestSuites;
  return {
    passed: passed + report.numPassedTests,
    failed: failed + (failures === 0 && exitCode !== 0 ? 1 : failures),
    skipped: skipped + report.numPendingTests,
  };
}

/** What is wrong with the counts of all runs: tests that failed, or none that were there. @param {Counts} counts */
export function exitCodeOf({ passed, failed, skipped }) {
  return failed === 0 && passed + skipped > 0 ? 0 : 1;
}

/** The last line of `npm test`. @param {Counts} counts */
export function lastLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}
