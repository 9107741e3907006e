import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import ssh2 from "ssh2";
import { StackhouseError } from "../base/errors.ts";

export interface KeyPair {
  /** OpenSSH private key text. A secret. */
  readonly privateKey: string;
  /** OpenSSH public key text: `ssh-ed25519 AAAA… comment`. */
  readonly publicKey: string;
}

const ed25519 = "ssh-ed25519";

/**
 * A new ed25519 key pair without passphrase, as `ssh-keygen` writes it. The format is OpenSSH's PROTOCOL.key; the generator
 * of ssh2 1.17 is not used: some of its ed25519 keys cannot be read back.
 */
export function mintKeyPair(comment = "stackhouse"): KeyPair {
  const jwk = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const seed = Buffer.from(jwk.d ?? "", "base64url");
  const point = Buffer.from(jwk.x ?? "", "base64url");
  const blob = Buffer.concat([wireString(ed25519), wireString(point)]);
  const check = randomBytes(4);
  const secret = Buffer.concat([
    ...[check, check],
    ...[ed25519, point, Buffer.concat([seed, point]), comment].map(wireString),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  const file = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    ...["none", "none", ""].map(wireString),
    Buffer.from([0, 0, 0, 1]),
    ...[blob, Buffer.concat([secret, padding])].map(wireString),
  ]);
  const lines = file.toString("base64").match(/.{1,70}/g) ?? [];
  return {
    privateKey: ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n"),
    publicKey: `${ed25519} ${blob.toString("base64")} ${comment}`,
  };
}

/** RFC 4251, section 5: four bytes of length, then the bytes. */
function wireString(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** `SHA256:…` of a public key text, as `ssh-keygen -l` shows it. */
export function fingerprintOf(publicKey: string): string {
  return fingerprintOfBlob(publicKeyBlob(publicKey).blob);
}

export function fingerprintOfBlob(blob: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** The public half of a private key text. */
export function publicKeyOf(privateKey: string): string {
  const key = parsePrivateKey(privateKey);
  return [key.type, key.getPublicSSH().toString("base64"), key.comment].filter((part) => part !== "").join(" ");
}

export function parsePrivateKey(privateKey: string): ssh2.ParsedKey {
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error || !key.isPrivateKey()) {
    throw new StackhouseError("input.invalid", "the SSH private key cannot be read", {
      hint: "give an OpenSSH private key without a passphrase, or load the key into the SSH agent and give none",
    });
  }
  return key;
}

/** The parts of a public key text. The blob repeats the type (RFC 4253, section 6.6), and both must agree. */
export function publicKeyBlob(publicKey: string): { readonly type: string; readonly blob: Buffer } {
  const [type = "", base64 = ""] = publicKey.trim().split(/\s+/);
  const blob = Buffer.from(base64, "base64");
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0;
  if (length === 0 || blob.subarray(4, 4 + length).toString() !== type) {
    throw new StackhouseError("input.invalid", "the SSH host key cannot be read", {
      hint: "give it as in known_hosts: ssh-ed25519 AAAA…",
    });
  }
  return { type, blob };
}
