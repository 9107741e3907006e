/** Durations as Go writes and reads them, plus `d` and `w`. Source: https://pkg.go.dev/time#ParseDuration, str2duration. */
const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Milliseconds of a duration like `1h5m2s` or `500ms`; undefined where it is none. */
export function parseDuration(text: string): number | undefined {
  const sign = text.startsWith("-") ? -1 : 1;
  const rest = text.replace(/^[-+]/, "");
  if (rest === "0") return 0;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d|w))+$/.test(rest)) return undefined;
  let total = 0;
  for (const [, amount = "", unit = ""] of rest.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h|d|w)/g)) {
    // What is less than a nanosecond is nothing to Go.
    total += unit === "ns" ? Math.trunc(Number(amount)) / 1e6 : Number(amount) * (units[unit] ?? 0);
  }
  return total <= longest ? sign * total : undefined;
}

/** 64 bits of nanoseconds. */
const longest = 2 ** 63 / 1e6;

/** The way that Go prints a duration: `1m30s`, `1h0m0s`, `1.5s`, `100ms`. */
export function printDuration(milliseconds: number): string {
  const sign = milliseconds < 0 ? "-" : "";
  const size = Math.abs(milliseconds);
  if (size === 0) return "0s";
  if (size < 1e-3) return `${sign}${decimal(size * 1e6)}ns`;
  if (size < 1) return `${sign}${decimal(size * 1e3)}µs`;
  if (size < 1_000) return `${sign}${decimal(size)}ms`;
  const hours = Math.floor(size / 3_600_000);
  const minutes = Math.floor((size % 3_600_000) / 60_000);
  const seconds = `${decimal((size % 60_000) / 1_000)}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}

/** Nine digits are a nanosecond, which is as fine as Go's durations are. */
function decimal(value: number): string {
  return String(Number(value.toFixed(9)));
}
