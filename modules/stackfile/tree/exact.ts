import type { ScalarNode } from "./node.ts";

/** A date or a time of a file. */
export class Moment {
  /** As RFC 3339 has it. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A list that Go did not make as there was nothing to put in: `[]` as YAML, null as JSON. */
export const unmadeList: readonly never[] = Object.freeze([]);

/** The value of a scalar with the type that Go has for it: what JSON has no type for, too. */
export function exactValue({ value, go }: ScalarNode): unknown {
  switch (go) {
    case "int":
    case "uint64":
      return BigInt(String(value));
    case "time":
      return new Moment(rfc3339(String(value)));
    case "float64":
    case undefined:
      return value;
  }
}

/** Of what Go prints for a moment: `2020-01-01 10:20:30.5 +0100 +0100`. */
function rfc3339(printed: string): string {
  const [date = "", time = "", offset = ""] = printed.split(" ");
  const zone = offset === "+0000" ? "Z" : `${offset.slice(0, 3)}:${offset.slice(3)}`;
  return `${date}T${time}${zone}`;
}
