// What can be told of the text of a private key without a look at the key in it: programs, which import this, load no SSH.

/** What is said of a text that is none. */
export const noPrivateKey = "is no private key";
/** What is said of one that a passphrase opens. */
export const lockedKey = "has a passphrase, and nobody is asked for it";

/** Why a text cannot be used as a private key, if that shows. */
export function unusableKey(text: string): typeof noPrivateKey | typeof lockedKey | undefined {
  if (!text.includes("PRIVATE KEY")) return noPrivateKey;
  return hasPassphrase(text) ? lockedKey : undefined;
}

/** Whether a passphrase opens it. Keys in PEM say so in their header, those of OpenSSH by the name of their cipher. Source: PROTOCOL.key of OpenSSH. */
function hasPassphrase(text: string): boolean {
  const [, body = ""] = /BEGIN OPENSSH PRIVATE KEY-+([^-]*)-/.exec(text) ?? [];
  if (body === "") return text.includes("ENCRYPTED");
  const cipher = Buffer.from(body, "base64").subarray(beforeCipher).toString("latin1");
  return !cipher.startsWith("none");
}

/** What the key begins with, and the length of the name. */
const beforeCipher = "openssh-key-v1\0".length + 4;
