const powers: Readonly<Record<string, number>> = { "": 0, k: 1, m: 2, g: 3, t: 4, p: 5 };

/** Bytes of a size like `1.5g`, `512mb` or `64KiB`, base 1024; undefined where it is none. `-1` stands for "no limit". */
export function parseBytes(text: string): number | undefined {
  if (/^-?\d+$/.test(text)) return Number(text);
  const [, amount, unit = ""] = /^(\d+(?:\.\d*)?|\.\d+) ?(?:([kmgtp])(?:i?b)?|b)?$/i.exec(text) ?? [];
  if (amount === undefined) return undefined;
  return Math.trunc(Number(amount) * 1024 ** (powers[unit.toLowerCase()] ?? 0));
}
