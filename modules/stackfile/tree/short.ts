/** In characters: messages of ours are shorter, so that what is longer quotes a file. */
const longestSaid = 600;
const shownEnd = 150;

/** What is said of a file, without the middle of what it quotes at length: both its subject and what is wrong are told. */
export function shortSentence(text: string): string {
  if (text.length <= longestSaid) return text;
  return `${text.slice(0, longestSaid - shownEnd)}…${text.slice(-shownEnd)}`;
}
