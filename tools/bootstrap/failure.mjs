// An error that its message explains: it is shown without a stack.

export class StepFailure extends Error {
  /** @param {string} message @param {{ details?: readonly string[], hint?: string }} [more] */
  constructor(message, { details = [], hint } = {}) {
    super([message, ...details.map((line) => `    ${line}`), ...(hint ? [`  → ${hint}`] : [])].join("\n"));
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
