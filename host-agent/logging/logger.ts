import { pino } from "pino";

/** What the agent says to the journal. Fields first, then a plain sentence. */
export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Anything by these names is never written, wherever it stands: they hold secrets. */
const secretFields = ["contents", "registries", "password", "environment", "env", "command", "model", "request"];

/** A logger that writes one JSON object a line, to the standard output: journald keeps it. */
export function createLogger(destination?: { write(line: string): void }): Logger {
  const options = {
    base: null,
    redact: { paths: secretFields.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: "[secret]" },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
