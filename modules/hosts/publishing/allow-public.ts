import { between } from "../validate.ts";

export function checkAllowPublic(where: string, allowPublic: readonly number[]): void {
  for (const [index, port] of allowPublic.entries()) {
    between(where, `allowPublic[${index}]`, port, { least: 1, most: 65_535 });
  }
}
