import { parseFloat64, parseInteger } from "./casts.ts";

const powers: Readonly<Record<string, number>> = { "": 0, b: 0, k: 1, m: 2, g: 3, t: 4, p: 5 };

const least = -(2n ** 63n);

/**
 * Bytes of a size like `1.5g`, `512mb` or `64KiB`, base 1024; undefined where it is none. A whole number may be negative:
 * -1 stands for "no limit". Source: https://github.com/docker/go-units (size.go), and compose-go (types/bytes.go).
 */
export function parseBytes(text: string): bigint | undefined {
  const whole = parseInteger(text);
  if (whole !== undefined) return BigInt(whole.value ?? 0);
  // The unit is what follows the last digit, point or space.
  const [, number = "", unit = ""] = /^(.*[\d.]) ?(b|(?:[kmgtp])(?:i?b)?)?$/i.exec(text) ?? [];
  const amount = parseFloat64(number);
  if (amount === undefined || !Number.isFinite(amount) || amount < 0) return undefined;
  const size = amount * 1024 ** (powers[unit.charAt(0).toLowerCase()] ?? 0);
  // What 64 bits have no room for is the least number for Go.
  return size < 2 ** 63 ? BigInt(Math.trunc(size)) : least;
}
