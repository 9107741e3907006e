/**
 * Where long work says what it is doing. `status` is ephemeral (the row's current text, e.g. `waiting for ssh 12 s of 5 min 00 s`);
 * `info` and `warn` stay in the record.
 */
export interface Progress {
  status(text: string): void;
  info(text: string): void;
  warn(text: string): void;
}

export const silentProgress: Progress = { status: () => {}, info: () => {}, warn: () => {} };
