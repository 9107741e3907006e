import { StackhouseError } from "../base/errors.ts";
import { publicKeyBlob } from "./keys.ts";

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
  return problemWith(key);
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

/** What follows the type in a key. `bytes`: so many; `text`: these letters. */
type Part = "any" | { readonly bytes: number } | { readonly text: string };

const curve = (name: string, bytes: number): readonly Part[] => [{ text: name }, { bytes }];

/** Sources: RFC 4253 (RSA), 5656 (ECDSA), 8709 (ed25519); OpenSSH, PROTOCOL.u2f. */
const layouts: Readonly<Record<string, readonly Part[]>> = {
  "ssh-ed25519": [{ bytes: 32 }],
  "ssh-rsa": ["any", "any"],
  "ecdsa-sha2-nistp256": curve("nistp256", 65),
  "ecdsa-sha2-nistp384": curve("nistp384", 97),
  "ecdsa-sha2-nistp521": curve("nistp521", 133),
  "sk-ssh-ed25519@openssh.com": [{ bytes: 32 }, "any"],
  "sk-ecdsa-sha2-nistp256@openssh.com": [...curve("nistp256", 65), "any"],
};

/** sshd takes none that is shorter. Source: sshd_config(5), RequiredRSASize. */
const leastRsaBits = 1024;

function problemWith(key: string): string | undefined {
  const [type = ""] = key.split(/\s+/u);
  const layout = layouts[type];
  if (layout === undefined)
    return `is of the type ${type}, which sshd does not take: ssh-keygen -t ed25519 makes a key`;
  const fields = fieldsOf(key);
  const isWhole = fields?.length === layout.length && layout.every((part, index) => fits(part, fields[index]));
  if (!isWhole) return "is damaged: what follows its type is cut off or changed; give the line as the .pub file has it";
  const bits = type === "ssh-rsa" ? bitsOf(fields[1]) : leastRsaBits;
  return bits < leastRsaBits ? `has ${bits} bits, and sshd takes no RSA key of fewer than ${leastRsaBits}` : undefined;
}

/** What follows the type, undefined where it does not end as it says. */
function fieldsOf(key: string): readonly Buffer[] | undefined {
  const blob = blobOf(key);
  if (blob === undefined) return undefined;
  const fields: Buffer[] = [];
  let at = 0;
  while (at < blob.length) {
    if (at + 4 > blob.length) return undefined;
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return undefined;
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return fields.slice(1);
}

function blobOf(key: string): Buffer | undefined {
  try {
    return publicKeyBlob(key).blob;
  } catch (error) {
    if (error instanceof StackhouseError) return undefined;
    throw error;
  }
}

function fits(part: Part, field: Buffer | undefined): boolean {
  if (field === undefined || field.length === 0) return false;
  if (typeof part === "string") return true;
  return "bytes" in part ? field.length === part.bytes : field.toString() === part.text;
}

/** Of a number as RFC 4251 writes it. */
function bitsOf(number: Buffer | undefined): number {
  return BigInt(`0x${number?.toString("hex") ?? "0"}`).toString(2).length;
}
