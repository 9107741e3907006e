/**
 * Whether tests that take minutes run whole: in CI, and where somebody asks for them. Else they say what they leave out: `npm test` is
 * to be over while one waits for it.
 */
export const longTests = process.env["STACKHOUSE_LONG_TESTS"] === "1" || process.env["CI"] === "true";

/** How the rest is asked for. */
export const askForLong = "CI runs it, or STACKHOUSE_LONG_TESTS=1";
