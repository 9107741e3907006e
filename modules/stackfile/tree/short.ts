/** In characters, besides the path: messages of ours are shorter, so that what is longer quotes a file. */
const longestSaid = 240;
const shownEnd = 100;

/**
 * What is said of a file, on a few lines of a screen: without the middle of what it quotes at length, so that both its subject and what is
 * wrong are told. `subject` is how long the path may be that it names.
 */
export function shortSentence(text: string, subject: number): string {
  const most = longestSaid + Math.min(subject, longestSaid);
  if (text.length <= most) return text;
  const begins = text.slice(0, most - shownEnd);
  return `${begins}… (${text.length - most} more characters) …${text.slice(-shownEnd)}`;
}
