/** Codes of characters. Beyond the end of a text there is `end`; a text has no such character. */
export const code = {
  end: 0,
  tab: 9,
  lineFeed: 10,
  carriageReturn: 13,
  space: 32,
  exclamation: 33,
  doubleQuote: 34,
  hash: 35,
  percent: 37,
  ampersand: 38,
  singleQuote: 39,
  asterisk: 42,
  plus: 43,
  comma: 44,
  dash: 45,
  dot: 46,
  colon: 58,
  less: 60,
  greater: 62,
  question: 63,
  openBracket: 91,
  backslash: 92,
  closeBracket: 93,
  openBrace: 123,
  bar: 124,
  closeBrace: 125,
} as const;

const nextLine = 0x85;
const lineSeparator = 0x2028;
const paragraphSeparator = 0x2029;

export function isBreak(character: number): boolean {
  return (
    character === code.lineFeed ||
    character === code.carriageReturn ||
    character === nextLine ||
    character === lineSeparator ||
    character === paragraphSeparator
  );
}

export function isBlank(character: number): boolean {
  return character === code.space || character === code.tab;
}

export function isBreakOrEnd(character: number): boolean {
  return character === code.end || isBreak(character);
}

export function isBlankOrEnd(character: number): boolean {
  return isBlank(character) || isBreakOrEnd(character);
}

export function isFlowIndicator(character: number): boolean {
  return (
    character === code.comma ||
    character === code.openBracket ||
    character === code.closeBracket ||
    character === code.openBrace ||
    character === code.closeBrace
  );
}
