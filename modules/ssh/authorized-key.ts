import { problemWithPublicKey } from "../protocol/public-key.ts";

/** Keys in the text of an `authorized_keys`, where empty lines and those that begin with # are none. A private key stays whole, to be refused. */
export function authorizedKeysIn(text: string): readonly string[] {
  return linesWithKeys(text).map(({ key }) => key);
}

function linesWithKeys(text: string): readonly { readonly key: string; readonly line: number }[] {
  if (isPrivate(text)) return [{ key: text, line: 1 }];
  const lines = text.split(/\r?\n/u).map((line, index) => ({ key: line.trim(), line: index + 1 }));
  return lines.filter(({ key }) => key !== "" && !key.startsWith("#"));
}

/** What is wrong with the keys of such a text, as the ends of sentences; with the line where it has several. */
export function problemsWithAuthorizedKeys(text: string): readonly string[] {
  const hasLines = text.trim().includes("\n");
  return linesWithKeys(text).flatMap(({ key, line }) => {
    const problem = problemWithAuthorizedKey(key);
    if (problem === undefined) return [];
    return [hasLines && !isPrivate(key) ? `${problem} (its line ${line})` : problem];
  });
}

function isPrivate(text: string): boolean {
  return text.includes("PRIVATE KEY-----");
}

/** What of a key is wrong, as the end of a sentence; undefined for a line that lets somebody in. Source: sshd(8), AUTHORIZED_KEYS FILE FORMAT. */
export function problemWithAuthorizedKey(text: string): string | undefined {
  // Files of keys end with a line break, and what is read of one does, too.
  const line = text.trim();
  if (isPrivate(line)) return "is a private key: give the public one, as the .pub file beside it has it";
  if (/[\r\n]/u.test(line)) return "has several lines: give each key by itself";
  const key = keyOf(line);
  if (key === undefined) return `is no public key: a line is as in a .pub file, as ssh-ed25519 AAAA… you@home`;
  return problemWithPublicKey(key);
}

/** The key of a line, which options may stand before. */
function keyOf(line: string): string | undefined {
  if (isKey(line)) return line;
  const options = /^(?:[^\s"]|"(?:\\"|(?!\\")[^"])*")+[ \t]+/u.exec(line)?.[0] ?? "";
  const rest = line.slice(options.length);
  return options !== "" && isKey(rest) ? rest : undefined;
}

function isKey(text: string): boolean {
  return /^(?:ssh-|ecdsa-|sk-)[\w@.-]+[ \t]/u.test(text);
}
