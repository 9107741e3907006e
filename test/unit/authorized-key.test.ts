import { describe, expect, it } from "@jest/globals";
import { generateKeyPairSync } from "node:crypto";
import { problemWithAuthorizedKey } from "../../modules/ssh/authorized-key.ts";
import { mintKeyPair } from "../../modules/ssh/keys.ts";

const { publicKey, privateKey } = mintKeyPair("me@home");
const word = (content: string | Buffer): Buffer => {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const lineOf = (type: string, ...parts: readonly (string | Buffer)[]): string =>
  `${type} ${Buffer.concat([type, ...parts].map(word)).toString("base64")} me@home`;
const rsa = (bits: number): string => {
  const { n = "", e = "" } = generateKeyPairSync("rsa", { modulusLength: bits }).publicKey.export({ format: "jwk" });
  return lineOf("ssh-rsa", Buffer.from(e, "base64url"), Buffer.concat([Buffer.alloc(1), Buffer.from(n, "base64url")]));
};
const [type = "", blob = ""] = publicKey.split(" ");

describe("an authorized key", () => {
  it.each([
    ["of ed25519", publicKey],
    ["with a line break, as a file has", `${publicKey}\n`],
    ["without a comment", `${type} ${blob}`],
    ["with options, and spaces and quotes in them", `from="10.0.0.0/8",command="echo \\"a b\\"" ${publicKey}`],
    ["of RSA", rsa(2048)],
    ["of ECDSA", lineOf("ecdsa-sha2-nistp256", "nistp256", Buffer.alloc(65, 4))],
    ["of a security key", lineOf("sk-ssh-ed25519@openssh.com", Buffer.alloc(32, 1), "ssh:")],
  ])("may be one %s", (_what, line) => {
    expect(problemWithAuthorizedKey(line)).toBeUndefined();
  });

  it.each([
    ["nothing", "", "is no public key"],
    ["some words", "garbage", "is no public key"],
    ["the path of a key", "~/.ssh/id_ed25519.pub", "is no public key"],
    ["several keys", `${publicKey}\n${publicKey}`, "has several lines"],
    ["a private key", privateKey, "is a private key"],
    ["a key that is cut off", "ssh-ed25519 AAAA", "is damaged"],
    ["a key that lacks its end", `${type} ${blob.slice(0, -8)}`, "is damaged"],
    ["a key under another type", publicKey.replace("ed25519", "rsa"), "is damaged"],
    ["a key on another curve", lineOf("ecdsa-sha2-nistp256", "nistp384", Buffer.alloc(65, 4)), "is damaged"],
    ["a DSA key", lineOf("ssh-dss", "1", "2", "3", "4"), "is of the type ssh-dss, which sshd does not take"],
    ["a short RSA key", rsa(768), "has 768 bits"],
    [
      "options whose quotes do not end, however many there are",
      `command="${'\\"'.repeat(64)} ${publicKey}`,
      "is no public key",
    ],
  ])("cannot be %s", (_what, line, problem) => {
    expect(problemWithAuthorizedKey(line)).toContain(problem);
  });

  it.each([
    ["ssh-ed25519", publicKey],
    ["ssh-rsa", rsa(2048)],
  ])("of %s is not taken where a bit of what says how long its parts are has changed", (_type, line) => {
    const [name = "", base64 = ""] = line.split(" ");
    const bytes = Buffer.from(base64, "base64");
    bytes[3 + 4 + name.length] = (bytes[3 + 4 + name.length] ?? 0) ^ 1;
    expect(problemWithAuthorizedKey(`${name} ${bytes.toString("base64")}`)).toContain("is damaged");
  });
});
