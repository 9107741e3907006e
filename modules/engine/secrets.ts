/**
 * Values as an exported state holds them: secrets are objects with a signature.
 * Source: github.com/pulumi/pulumi sdk/go/common/resource/properties.go and `pulumi stack export --show-secrets`.
 */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

type Entries = Readonly<Record<string, unknown>>;

/** Whether a value of an exported state or of an event is a secret, as a whole. */
export function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && (value as Entries)[signatureKey] === secretSignature;
}

/** The value with every secret as its plain text, at any depth. */
export function revealSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revealSecrets);
  if (typeof value !== "object" || value === null) return value;
  const entries: Entries = { ...value };
  if (isSecret(entries)) {
    const { plaintext } = entries;
    return typeof plaintext === "string" ? revealSecrets(JSON.parse(plaintext)) : undefined;
  }
  return Object.fromEntries(Object.entries(entries).map(([key, inner]) => [key, revealSecrets(inner)]));
}
