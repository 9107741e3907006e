// What can be told of the text of a private key without a look at the key in it.

export function isPrivateKey(text: string): boolean {
  return text.includes("PRIVATE KEY");
}

/** Whether a passphrase opens it. Keys in PEM say so in their header, those of OpenSSH by the name of their cipher. Source: PROTOCOL.key of OpenSSH. */
export function hasPassphrase(text: string): boolean {
  const [, body = ""] = /BEGIN OPENSSH PRIVATE KEY-+([^-]*)-/.exec(text) ?? [];
  if (body === "") return text.includes("ENCRYPTED");
  const cipher = Buffer.from(body, "base64").subarray(beforeCipher).toString("latin1");
  return !cipher.startsWith("none");
}

/** What the key begins with, and the length of the name. */
const beforeCipher = "openssh-key-v1\0".length + 4;
