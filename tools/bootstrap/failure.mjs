// An error that its message explains: it is shown without a stack.

export class StepFailure extends Error {
  /**
   * `cannot`: this machine lacks what it takes, and is not ours to change.
   * @param {string} message @param {{ details?: readonly string[], hint?: string, cannot?: boolean }} [more]
   */
  constructor(message, { details = [], hint, cannot = false } = {}) {
    super([message, ...details.map((line) => `    ${line}`), ...(hint ? [`  → ${hint}`] : [])].join("\n"));
    this.cannot = cannot;
  }
}

/** The user's Ctrl-C, or a SIGTERM. */
export class Interrupted extends Error {}

/** @param {unknown} error */
export const textOf = (error) =>
  error instanceof StepFailure
    ? error.message
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
