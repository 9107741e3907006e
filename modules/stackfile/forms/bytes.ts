const powers: Readonly<Record<string, number>> = { "": 0, b: 0, k: 1, m: 2, g: 3, t: 4, p: 5 };

/**
 * Bytes of a size like `1.5g`, `512mb` or `64KiB`, base 1024; undefined where it is none. A whole number may be negative:
 * -1 stands for "no limit". Source: https://github.com/docker/go-units (size.go).
 */
export function parseBytes(text: string): number | undefined {
  if (/^[-+]?\d+$/.test(text)) return Number(text);
  const [, amount, unit = ""] =
    /^([-+]?(?:\d+\.?\d*|\.\d+)) ?(b|(?:[kmgtp])(?:i?b)?)?$/i.exec(text) ??
    /^([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)()$/i.exec(text) ??
    [];
  if (amount === undefined || Number(amount) < 0) return undefined;
  return Math.trunc(Number(amount) * 1024 ** (powers[unit.charAt(0).toLowerCase()] ?? 0));
}
