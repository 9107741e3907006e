import { StackhouseError } from "../../base/errors.ts";

const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;

/**
 * A point in time as ISO 8601, from an age (`10m`, `1h30m`, `2d`) or a date and time.
 *
 * @throws `input.invalid`
 */
export function sinceTime(text: string, nowMs: number): string {
  const age = durationMs(text);
  if (age !== undefined) return new Date(nowMs - age).toISOString();
  const date = /^\d{4}-\d{2}-\d{2}/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  throw new StackhouseError("input.invalid", `--since ${text} is no time`, {
    hint: "give an age as 30s, 10m, 1h30m or 2d, or a time as 2026-11-21T09:40:00Z",
  });
}

/**
 * An age in milliseconds: `10m`, `1h30m`, `2d`.
 *
 * @throws `input.invalid` with the name of the option
 */
export function ageMs(text: string, option: string): number {
  const age = durationMs(text);
  if (age !== undefined) return age;
  throw new StackhouseError("input.invalid", `${option} ${text} is no age`, { hint: "give it as 30m, 12h or 7d" });
}

function durationMs(text: string): number | undefined {
  if (!/^(\d+[dhms])+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+)([dhms])/g)];
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * units[unit as keyof typeof units], 0);
}
