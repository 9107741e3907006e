import type ssh2 from "ssh2";

/**
 * What we offer, fastest first, measured against a guest under software emulation (where crypto is the whole cost) and
 * natively. Everything here is sound; the order is about time only.
 */
const keyExchange: ssh2.KexAlgorithm[] = [
  "curve25519-sha256",
  "curve25519-sha256@libssh.org",
  "ecdh-sha2-nistp256",
  "ecdh-sha2-nistp384",
  "ecdh-sha2-nistp521",
  "diffie-hellman-group14-sha256",
  "diffie-hellman-group16-sha512",
  "diffie-hellman-group-exchange-sha256",
];

const ciphers: ssh2.CipherAlgorithm[] = [
  "aes128-gcm@openssh.com",
  "aes256-gcm@openssh.com",
  "chacha20-poly1305@openssh.com",
  "aes128-ctr",
  "aes192-ctr",
  "aes256-ctr",
];

const macs: ssh2.MacAlgorithm[] = ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256"];

const hostKeys: ssh2.ServerHostKeyAlgorithm[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
];

/** The algorithms that a host may prove a key of this type with: an RSA key signs with SHA-2, under names of their own (RFC 8332). */
export function hostKeyAlgorithms(keyType: string): readonly string[] {
  return keyType === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [keyType];
}

/**
 * The pinned key's type comes first: a host that holds such a key must show it. The others are offered so that a host
 * without it still shows a key, and the error can name both.
 */
export function algorithmsFor(pinnedType: string): ssh2.Algorithms {
  const pinned = hostKeyAlgorithms(pinnedType);
  const isPinned = (name: string): boolean => pinned.includes(name);
  return {
    kex: keyExchange,
    cipher: ciphers,
    hmac: macs,
    serverHostKey: [...hostKeys.filter(isPinned), ...hostKeys.filter((name) => !isPinned(name))],
    compress: ["none"],
  };
}
