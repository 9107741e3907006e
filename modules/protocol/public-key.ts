// Apart from the SSH client: programs, which import this, load none.

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

/** What of the text of a public key is wrong, as the end of a sentence. */
export function problemWithPublicKey(key: string): string | undefined {
  const [type = "", base64 = ""] = key.trim().split(/\s+/u);
  const layout = layouts[type];
  if (layout === undefined)
    return `is of the type ${type}, which sshd does not take: ssh-keygen -t ed25519 makes a key`;
  const fields = fieldsOf(type, base64);
  const isWhole = fields?.length === layout.length && layout.every((part, index) => fits(part, fields[index]));
  if (!isWhole) return "is damaged: what follows its type is cut off or changed; give the line as the .pub file has it";
  const bits = type === "ssh-rsa" ? bitsOf(fields[1]) : leastRsaBits;
  return bits < leastRsaBits ? `has ${bits} bits, and sshd takes no RSA key of fewer than ${leastRsaBits}` : undefined;
}

/** What of the text of a host key is wrong, as the end of a sentence. */
export function problemWithHostKey(text: string): string | undefined {
  if (!/^\s*(?:ssh|ecdsa)-\S+[ \t]+\S/u.test(text))
    return "has to be a public key, as in known_hosts: ssh-ed25519 AAAA…";
  return problemWithPublicKey(text);
}

/** What follows the type, which the key repeats (RFC 4253, section 6.6); undefined where it does not, or does not end as it says. */
function fieldsOf(type: string, base64: string): readonly Buffer[] | undefined {
  const blob = Buffer.from(base64, "base64");
  const fields: Buffer[] = [];
  let at = 0;
  while (at < blob.length) {
    if (at + 4 > blob.length) return undefined;
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return undefined;
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return fields[0]?.toString() === type ? fields.slice(1) : undefined;
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
