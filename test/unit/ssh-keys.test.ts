import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { fingerprintOf, mintKeyPair, publicKeyOf } from "../../modules/ssh/keys.ts";

const directory = mkdtempSync(join(tmpdir(), "ssh-keys-"));
afterAll(() => rmSync(directory, { recursive: true }));

const keygen = (args: readonly string[], privateKey: string): string => {
  const file = join(directory, "key");
  writeFileSync(file, privateKey, { mode: 0o600 });
  return execFileSync("ssh-keygen", [...args, "-f", file], { encoding: "utf8" }).trim();
};

describe("SSH keys", () => {
  it("mints keys that ssh-keygen reads, with the same public half and fingerprint", () => {
    for (let round = 0; round < 10; round += 1) {
      const { privateKey, publicKey } = mintKeyPair("someone at home");
      expect(keygen(["-y"], privateKey)).toBe(publicKey);
      expect(keygen(["-l"], privateKey)).toContain(` ${fingerprintOf(publicKey)} `);
    }
  });

  it("reads back every key that it mints", () => {
    for (let round = 0; round < 500; round += 1) {
      const { privateKey, publicKey } = mintKeyPair();
      expect(publicKeyOf(privateKey)).toBe(publicKey);
    }
  });

  it("gives the same fingerprint with and without the comment", () => {
    const { publicKey } = mintKeyPair("comment");
    expect(fingerprintOf(`${publicKey.split(" ").slice(0, 2).join(" ")}\n`)).toBe(fingerprintOf(publicKey));
  });

  it.each([
    ["nothing", ""],
    ["no base64", "ssh-ed25519"],
    ["another type than it says", `ssh-rsa ${mintKeyPair().publicKey.split(" ")[1] ?? ""}`],
    ["a cut key", "ssh-ed25519 AAAA"],
  ])("refuses a host key that is %s", (_, text) => {
    expect(() => fingerprintOf(text)).toThrow("the SSH host key cannot be read");
  });

  it("refuses a private key with a passphrase", () => {
    const file = join(directory, "locked");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret", "-f", file]);
    expect(() => publicKeyOf(execFileSync("cat", [file], { encoding: "utf8" }))).toThrow(
      "the SSH private key cannot be read",
    );
  });
});
